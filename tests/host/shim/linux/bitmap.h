/* SPDX-License-Identifier: GPL-2.0 */
/* Bitmaps, mostly a bit at a time: slow, and easy to believe. */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include <linux/types.h>

#define BITS_PER_LONG		64
#define BITS_TO_LONGS(bits)	(((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

#define __ffs(word)		(shim_did(BIT, 1), (unsigned long)__builtin_ctzl(word))

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return map[bit / BITS_PER_LONG] >> bit % BITS_PER_LONG & 1;
}

static inline void __set_bit(unsigned int bit, unsigned long *map)
{
	shim_did(BIT, 1);
	map[bit / BITS_PER_LONG] |= 1UL << bit % BITS_PER_LONG;
}

static inline bool __test_and_set_bit(unsigned int bit, unsigned long *map)
{
	bool was = test_bit(bit, map);

	__set_bit(bit, map);
	return was;
}

static inline bool __test_and_clear_bit(unsigned int bit, unsigned long *map)
{
	bool was = test_bit(bit, map);

	shim_did(BIT, 1);
	map[bit / BITS_PER_LONG] &= ~(1UL << bit % BITS_PER_LONG);
	return was;
}

static inline void bitmap_set(unsigned long *map, unsigned int start, unsigned int nr)
{
	while (nr--)
		__set_bit(start++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nr)
{
	while (nr--)
		__test_and_clear_bit(start++, map);
}

static inline void bitmap_zero(unsigned long *map, unsigned int nr)
{
	shim_did(WORD, BITS_TO_LONGS(nr));
	for (nr = BITS_TO_LONGS(nr); nr--; )
		map[nr] = 0;
}

static inline void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned int nr)
{
	shim_did(WORD, BITS_TO_LONGS(nr));
	for (nr = BITS_TO_LONGS(nr); nr--; )
		to[nr] = from[nr];
}

static inline void bitmap_or(unsigned long *to, const unsigned long *a, const unsigned long *b,
			     unsigned int nr)
{
	shim_did(WORD, BITS_TO_LONGS(nr));
	for (nr = BITS_TO_LONGS(nr); nr--; )
		to[nr] = a[nr] | b[nr];
}

static inline unsigned long find_next_bit(const unsigned long *map, unsigned long size,
					  unsigned long from)
{
	while (from < size && !test_bit(from, map))
		from = map[from / BITS_PER_LONG] ? from + 1 : (from | (BITS_PER_LONG - 1)) + 1;
	return from < size ? from : size;
}

static inline unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size,
					       unsigned long from)
{
	while (from < size && test_bit(from, map))
		from++;
	return from < size ? from : size;
}

#endif
