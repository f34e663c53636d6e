// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libelf.c - what a static libelf needs and its package does not have.
 *
 * elfutils 0.192 keeps chunks that elf_getdata_rawchunk() made in a tree of its
 * internal library, which only the shared libelf contains.  elf_begin() and
 * elf_end() begin and end that tree; elf_begin() has zeroed it.  A program that
 * puts something into it uses functions that are not here, and does not link.
 */

void eu_search_tree_init(void *tree);
void eu_search_tree_fini(void *tree, void (*free_node)(void *node));

__attribute__((weak)) void eu_search_tree_init(void *tree)
{
}

__attribute__((weak)) void eu_search_tree_fini(void *tree,
					       void (*free_node)(void *node))
{
}
