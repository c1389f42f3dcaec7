"""context.py - where in HTML one is: fed with the literal text of a page, it says what may be put in, and how.

An automaton over a small part of the standard's tokenizer. What it does not know it refuses: an attribute's value without
quotes, <pre> and <textarea> (white space is squeezed), a statement in the middle of a name.
"""
import copy
import re

from trouble import Trouble

URL_ATTRIBUTES = {"href", "src", "action", "formaction", "poster", "cite", "srcset", "xlink:href", "data-events"}
NEVER = {"style", "srcdoc"}
SPACE = " \t\n\r\f"
SQUEEZE = re.compile(r"[ \t]*\n\s*|^[ \t]{2,}")


class Context:
    def __init__(self):
        self.state = "text"
        self.tag = ""
        self.attribute = ""
        self.said = ""  # the tag so far, for <meta http-equiv>

    def key(self):
        return self.state, self.tag if self.state != "text" else "", self.attribute if "value" in self.state else ""

    def copy(self):
        return copy.copy(self)

    def pause(self):
        """A statement stands here: a name that was being read is over."""
        if self.state in ("name", "attribute", "after_value"):
            self.state = "gap"

    def join(self, other, where):
        """Two ways meet: they must agree on where they are."""
        self.pause()
        other.pause()
        if {self.state, other.state} == {"gap", "in_tag"} and self.tag == other.tag:
            self.state = "gap"
        elif self.key() != other.key():
            raise Trouble(where, f"the ways that meet here end differently: {self} and {other}")

    def __str__(self):
        if self.state == "text":
            return "text"
        return f"{self.state} of <{self.tag}>" + (f" {self.attribute}" if "value" in self.state else "")

    def feed(self, text, where):
        for c in text:
            getattr(self, "in_" + self.state)(c, where)

    def end(self, where):
        if self.state != "text":
            raise Trouble(where, f"the template ends inside {self}")

    # One function a state: takes the next character.

    def in_text(self, c, where):
        if c == "<":
            self.state, self.tag, self.said = "open", "", ""

    def in_open(self, c, where):
        if c.isalpha() or c == "/":
            self.state, self.tag = "name", c.lower()
        elif c == "!":
            self.state, self.tag = "declaration", ""
        else:
            raise Trouble(where, f"'<{c}' opens no tag: write &lt;")

    def in_declaration(self, c, where):
        self.tag += c
        if self.tag == "--":
            self.state = "comment"
        elif c == ">":
            self.state = "text"

    def in_comment(self, c, where):
        self.tag = (self.tag + c)[-3:]
        if self.tag == "-->":
            self.state = "text"

    def in_name(self, c, where):
        if c in SPACE:
            self.state = "in_tag"
        elif c == ">":
            self.close(where)
        elif not (c == "/" and self.tag != "/"):
            self.tag += c.lower()

    def in_gap(self, c, where):
        if c not in SPACE + ">/":
            raise Trouble(where, f"after a statement in <{self.tag}> a blank, / or > must follow, not '{c}'")
        self.state = "in_tag"
        self.in_in_tag(c, where)

    def in_in_tag(self, c, where):
        self.said += c
        if c == ">":
            self.close(where)
        elif c not in SPACE + "/":
            self.state, self.attribute = "attribute", c.lower()

    def in_attribute(self, c, where):
        self.said += c
        if c == "=":
            self.state = "equals"
        elif c == ">":
            self.close(where)
        elif c in SPACE:
            self.state = "in_tag"
        else:
            self.attribute += c.lower()

    def in_equals(self, c, where):
        if c not in "\"'":
            raise Trouble(where, f"the value of {self.attribute} in <{self.tag}> must be quoted")
        self.state = "value_double" if c == '"' else "value_single"

    def in_value_double(self, c, where):
        if c == '"':
            self.state = "after_value"

    def in_value_single(self, c, where):
        if c == "'":
            self.state = "after_value"

    def in_after_value(self, c, where):
        self.state = "gap"
        self.in_gap(c, where)

    def close(self, where):
        if self.tag in ("pre", "textarea"):
            raise Trouble(where, f"<{self.tag}> is not possible: white space is squeezed")
        self.state = "raw" if self.tag in ("script", "style") else "text"
        self.said = ""

    def in_raw(self, c, where):
        self.said = (self.said + c.lower())[-9:]
        if self.said.endswith(f"</{self.tag}>"):
            self.state = "text"

    def escape_for(self, kind, chosen, where):
        """How a value is put in here: html, url, path, link, line or int. chosen is the filter that was asked for, or nothing."""
        if self.state == "text":
            return chosen or ("int" if kind == "int" else "html")
        if "value" not in self.state or self.state == "after_value":
            raise Trouble(where, f"a value cannot stand in {self}")
        if self.attribute.startswith("on") or self.attribute in NEVER:
            raise Trouble(where, f"a value cannot stand in the attribute {self.attribute}: it would be run, not shown")
        if kind == "int" and not chosen:
            return "int"
        if self.tag == "meta" and "http-equiv" in self.said:
            raise Trouble(where, "only a number can stand in <meta http-equiv>")
        if self.attribute in URL_ATTRIBUTES and chosen not in ("url", "path", "link"):
            raise Trouble(where, f"a value in {self.attribute} needs |url (a part), |path (of this site) or |link (a whole URL)")
        return chosen or "html"


class PlainContext(Context):
    """A text template: no markup, each value is kept on its line."""

    def feed(self, text, where):
        pass

    def escape_for(self, kind, chosen, where):
        return chosen or ("int" if kind == "int" else "line")


def squeezed(text):
    """Indentation is for people: a line end and what is around it becomes one line end; two blanks at the beginning, after a
    statement that had the line for itself, are indentation too."""
    return SQUEEZE.sub(lambda found: "\n" if "\n" in found[0] else "", text)
