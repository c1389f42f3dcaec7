/* scripts.h - the two scripts that Redis runs for the views. */
#ifndef VIEWS_SCRIPTS_H
#define VIEWS_SCRIPTS_H

/* Writes a batch; answers "kept", or "lost" when the views are not those that the batch is for. */
extern const char batch_script[];

/* Answers with the mark and the positions, or with the token under which the views are being written. */
extern const char ask_script[];

#endif
