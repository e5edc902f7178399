# SPDX-License-Identifier: Apache-2.0
"""System calls that a confined child may not make, with their numbers on both machines.

Numbers: ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h`` of Linux 6.6. ``-`` means
that the machine has no such call. From 424 on the two machines share one numbering.
"""

from collections.abc import Mapping
from types import MappingProxyType

FIRST_UNKNOWN = 463
"""Calls from this number on are newer than the table below; the filter answers that they do not exist."""

_REFUSED = """
socket 41 198                socketpair 53 199            connect 42 203               bind 49 200
listen 50 201                accept 43 202                accept4 288 242

execve 59 221                execveat 322 281             fork 57 -                    vfork 58 -

ptrace 101 117               process_vm_readv 310 270     process_vm_writev 311 271    process_madvise 440 440
process_mrelease 448 448     pidfd_open 434 434           pidfd_getfd 438 438          pidfd_send_signal 424 424
kcmp 312 272                 tkill 200 130                rt_sigqueueinfo 129 138      rt_tgsigqueueinfo 297 240
setrlimit 160 164            setpriority 141 140          sched_setscheduler 144 119   sched_setparam 142 118
sched_setattr 314 274        ioprio_set 251 30            setpgid 109 154              setsid 112 157
migrate_pages 256 238        move_pages 279 239

creat 85 -                   truncate 76 45               ftruncate 77 46              fallocate 285 47
rename 82 -                  renameat 264 38              renameat2 316 276            mkdir 83 -
mkdirat 258 34               rmdir 84 -                   link 86 -                    linkat 265 37
unlink 87 -                  unlinkat 263 35              symlink 88 -                 symlinkat 266 36
mknod 133 -                  mknodat 259 33               chmod 90 -                   fchmod 91 52
fchmodat 268 53              fchmodat2 452 452            chown 92 -                   fchown 93 55
lchown 94 -                  fchownat 260 54              setxattr 188 5               lsetxattr 189 6
fsetxattr 190 7              removexattr 197 14           lremovexattr 198 15          fremovexattr 199 16
utime 132 -                  utimes 235 -                 futimesat 261 -              utimensat 280 88

shmget 29 194                shmat 30 196                 shmctl 31 195                semget 64 190
semop 65 193                 semctl 66 191                semtimedop 220 192           msgget 68 186
msgsnd 69 189                msgrcv 70 188                msgctl 71 187                mq_open 240 180
mq_unlink 241 181

mount 165 40                 umount2 166 39               pivot_root 155 41            chroot 161 51
open_tree 428 428            move_mount 429 429           fsopen 430 430               fsconfig 431 431
fsmount 432 432              fspick 433 433               mount_setattr 442 442        setns 308 268
unshare 272 97

init_module 175 105          finit_module 313 273         delete_module 176 106        kexec_load 246 104
kexec_file_load 320 294      bpf 321 280                  perf_event_open 298 241      keyctl 250 219
add_key 248 217              request_key 249 218          userfaultfd 323 282          name_to_handle_at 303 264
open_by_handle_at 304 265    fanotify_init 300 262        fanotify_mark 301 263        io_uring_setup 425 425
io_uring_enter 426 426       io_uring_register 427 427

acct 163 89                  syslog 103 116               reboot 169 142               swapon 167 224
swapoff 168 225              sethostname 170 161          setdomainname 171 162        settimeofday 164 170
clock_settime 227 112        clock_adjtime 305 266        adjtimex 159 171             quotactl 179 60
quotactl_fd 443 443          vhangup 153 58               personality 135 92           iopl 172 -
ioperm 173 -                 modify_ldt 154 -             lookup_dcookie 212 18        nfsservctl 180 42

setuid 105 146               setgid 106 144               setreuid 113 145             setregid 114 143
setresuid 117 147            setresgid 119 149            setgroups 116 159            setfsuid 122 151
setfsgid 123 152             capset 126 91                seccomp 317 277
"""

_ABSENT = """
clone3 435 435               memfd_create 319 279         memfd_secret 447 447         openat2 437 437
"""

_JUDGED = """
clone 56 220                 kill 62 129                  tgkill 234 131               prlimit64 302 261
prctl 157 167                open 2 -                     openat 257 56
"""


def _parse(text: str, column: int) -> Mapping[str, int]:
    words = text.split()
    rows = zip(words[::3], words[column::3], strict=True)
    return MappingProxyType({name: int(number) for name, number in rows if number != "-"})


MACHINES = ("x86_64", "aarch64")

REFUSED: Mapping[str, Mapping[str, int]] = {machine: _parse(_REFUSED, at) for at, machine in enumerate(MACHINES, 1)}
"""Answered with EPERM: reaching out, starting programs, touching other processes, writing, administration."""

ABSENT: Mapping[str, Mapping[str, int]] = {machine: _parse(_ABSENT, at) for at, machine in enumerate(MACHINES, 1)}
"""Answered with ENOSYS, so that libraries fall back to an older call whose arguments the filter can see."""

JUDGED: Mapping[str, Mapping[str, int]] = {machine: _parse(_JUDGED, at) for at, machine in enumerate(MACHINES, 1)}
"""Allowed or refused by their arguments; see ``seccomp.program``."""
