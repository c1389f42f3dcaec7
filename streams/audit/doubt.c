/* doubt.c - from a fault to a finding: topics are heard in any order, so each fault has its time to mend itself. */
#include "msg/say.h"
#include "streams/audit/audit.h"

static void move_deadline(struct step *step, const struct row *row, struct doubt *doubt, enum msg_type deadline,
                          int64_t due_ms)
{
    if (due_ms == doubt->due_ms)
        return;
    if (due_ms)
        step_remind(step, deadline, row->key, due_ms);
    else
        step_forget(step, deadline, row->key);
    doubt->due_ms = due_ms;
}

static void clear(struct step *step, const struct row *row, struct doubt *doubt, uint32_t faults)
{
    uint32_t gone = (uint32_t)doubt->told & ~faults;

    for (uint32_t kind = 0; kind < LEDGER_KINDS; kind++)
        if (gone & 1U << kind)
            say_audit_cleared(step, &(struct audit_cleared){.subject = row->key, .kind = (enum audit_kind)kind});
    doubt->told &= (int32_t)faults;
}

void doubt_weigh(struct step *step, struct row *row, struct doubt *doubt, enum msg_type deadline, uint32_t faults,
                 int64_t ends_ms)
{
    const struct audit_settings *settings = step->settings;
    uint32_t doubts;
    int64_t due_ms = ends_ms ? ends_ms + settings->grace_ms : 0;

    clear(step, row, doubt, faults);
    doubts = faults & ~(uint32_t)doubt->told & ~LEDGER_LATE;
    if (!doubts)
        doubt->since_ms = 0;
    else if (!doubt->since_ms)
        doubt->since_ms = step->now_ms;
    if (doubts)
        due_ms = doubt->since_ms + settings->grace_ms;
    move_deadline(step, row, doubt, deadline, due_ms);
    row->state = doubt->told ? AUDIT_FOUND : doubts ? AUDIT_DOUBTED : AUDIT_EVEN;
}

uint32_t doubt_judge(struct doubt *doubt, uint32_t faults)
{
    uint32_t due = faults & ~(uint32_t)doubt->told;

    doubt->told |= (int32_t)due;
    doubt->due_ms = 0;
    return due;
}

void doubt_tell(struct step *step, const struct row *row, enum audit_kind kind, struct str detail)
{
    say_audit_found(step, &(struct audit_found){.subject = row->key, .kind = kind, .detail = detail});
}
