/* files.h - what lies under /static: read once at start, answered from memory, with strong ETags, compressed for who takes
 * gzip. */
#ifndef GATEWAY_FILES_H
#define GATEWAY_FILES_H

#include "gateway/http.h"

struct files;

/* Reads every file below folder; ST_FATAL when it is not there, or holds more than 1000 files or 64 MiB. */
enum status files_open(const char *folder, struct files **files, struct err *err) must_check;
void files_close(struct files *files);

/* One more, that lies in no folder; its name lives for ever and ends as a served kind does. Before anything is answered. */
void files_add(struct files *files, const char *name, struct str content);

/* Whether there is a file of this name. */
bool files_have(const struct files *files, struct str name);

/* Answers with the file of this name ("img/mug.svg"); false, and no answer, when there is none. A link with ?v= carries a
 * hash of the content, so what it names may be kept for ever. */
bool files_answer(const struct files *files, struct str name, struct request *request);

#endif
