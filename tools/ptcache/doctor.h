/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PTCACHE_DOCTOR_H
#define PTCACHE_DOCTOR_H

/* `ptcache doctor`. Return: the exit status. */
int doctor_main(int argc, char **argv);

#endif /* PTCACHE_DOCTOR_H */
