/* SPDX-License-Identifier: GPL-2.0 */
/* `ptcache map`: the direct map as a picture in the terminal. */
#ifndef PTCACHE_MAP_H
#define PTCACHE_MAP_H

#define EXIT_USAGE	2	/* the command line is wrong; EXIT_FAILURE is for the rest */

/* Like the main() of a program. Return: the exit status. */
int map_main(int argc, char **argv);

#endif /* PTCACHE_MAP_H */
