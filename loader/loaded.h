/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * loaded.h - what is loaded, as text or JSON.
 *
 * Read from the pins, by BPF_OBJ_GET_INFO_BY_FD; the records add what the
 * kernel does not know: section, form and why, what a link hangs on.
 */
#ifndef LOADER_LOADED_H
#define LOADER_LOADED_H

#include "place.h"

/* A few lines: programs with id, type, form, what they are attached to. */
void loaded_brief(const struct place *pl);
/* Everything. */
void loaded_text(const struct place *pl);
/* Everything; the caller has opened the object. */
void loaded_json(const struct place *pl);

#endif
