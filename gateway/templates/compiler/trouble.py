"""trouble.py - the one way in which a template is refused: a sentence, with the file and the line."""


class Trouble(Exception):
    def __init__(self, where, sentence):
        file, line = where
        super().__init__(f"{file}:{line}: {sentence}")
