//! Building the jail around this very process, before it sees a foreign byte.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// The newest landlock the rules are written for; older kernels enforce what they know of it.
const LANDLOCK_ABI: ABI = ABI::V6;

/// Folders from which a program's libraries are loaded.
const LIBRARY_FOLDERS: [&str; 7] =
    ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"];

/// Open files a jailed process may have.
const DESCRIPTORS_MAX: u64 = 64;

/// Who is to be jailed.
pub enum Profile<'a> {
    /// Our own decoders: computing, memory, threads, and the descriptors they were given.
    Decoder,
    /// A program to become: as above, and it may read and execute itself and its libraries.
    Program {
        /// The program.
        path: &'a Path,
    },
}

/// Jails this process for good; gives the version of landlock in force, 0 for none.
///
/// # Errors
/// When the kernel refuses a limit or the system-call filter.
pub fn enter(profile: &Profile<'_>, memory_bytes_max: u64) -> io::Result<u8> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    for (resource, limit) in [
        (Resource::As, memory_bytes_max),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, DESCRIPTORS_MAX),
    ] {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    rustix::thread::set_no_new_privs(true)?;
    let landlock = restrict_files_and_network(profile).map_err(io::Error::other)?;
    restrict_system_calls(profile).map_err(io::Error::other)?;
    Ok(landlock)
}

fn restrict_files_and_network(profile: &Profile<'_>) -> Result<u8, landlock::RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK_ABI))?
        .handle_access(AccessNet::from_all(LANDLOCK_ABI))?
        .scope(Scope::from_all(LANDLOCK_ABI))?
        .create()?;
    if let Profile::Program { path } = profile {
        let read_and_execute = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute;
        let folders = LIBRARY_FOLDERS.iter().map(Path::new);
        for path in std::iter::once(*path).chain(folders) {
            // A folder that is not there needs no rule.
            let Ok(descriptor) = PathFd::new(path) else { continue };
            let access =
                if path.is_dir() { read_and_execute } else { AccessFs::ReadFile | AccessFs::Execute };
            ruleset = ruleset.add_rule(PathBeneath::new(descriptor, access))?;
        }
        ruleset = allow_reopening_input(ruleset)?;
    }
    let status = ruleset.restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi as u8,
        _ => 0,
    })
}

/// `ffmpeg` before version 6 cannot seek in a descriptor it was given, only in a file it opened: it
/// opens its standard input again through `/proc`. A memory file needs no rule for that; a large
/// item's nameless file does.
fn allow_reopening_input(
    ruleset: landlock::RulesetCreated,
) -> Result<landlock::RulesetCreated, landlock::RulesetError> {
    let read: BitFlags<AccessFs> = AccessFs::ReadFile.into();
    match rustix::fs::fstat(rustix::stdio::stdin()) {
        Ok(status) if status.st_nlink == 0 && !is_memory_file() => {
            ruleset.add_rule(PathBeneath::new(rustix::stdio::stdin(), read))
        }
        _ => Ok(ruleset),
    }
}

/// Memory files live on a file system of the kernel's own, which landlock rules cannot name.
fn is_memory_file() -> bool {
    rustix::fs::fcntl_get_seals(rustix::stdio::stdin()).is_ok_and(|seals| !seals.is_empty())
}

fn restrict_system_calls(profile: &Profile<'_>) -> Result<(), seccompiler::Error> {
    // `clone3` hides its flags from the filter: as if it did not exist, so that `clone` is used.
    install(
        BTreeMap::from([(libc::SYS_clone3, vec![])]),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
    )?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = COMPUTING.iter().map(|&call| (call, vec![])).collect();
    rules.insert(libc::SYS_clone3, vec![]);
    rules.insert(libc::SYS_clone, vec![threads_only()?]);
    match profile {
        Profile::Decoder => install(rules, SeccompAction::KillProcess, SeccompAction::Allow),
        Profile::Program { .. } => {
            rules.extend(LOADING.iter().chain(&LOADING_OLD).map(|&call| (call, vec![])));
            // Programs try things that they can do without: refuse, do not kill.
            install(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
        }
    }
}

fn install(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<(), seccompiler::Error> {
    let architecture = std::env::consts::ARCH.try_into().map_err(seccompiler::Error::Backend)?;
    let filter =
        SeccompFilter::new(rules, otherwise, listed, architecture).map_err(seccompiler::Error::Backend)?;
    let program: BpfProgram = filter.try_into().map_err(seccompiler::Error::Backend)?;
    seccompiler::apply_filter(&program)
}

/// `clone` with `CLONE_THREAD`: a thread, never a process.
fn threads_only() -> Result<SeccompRule, seccompiler::Error> {
    let flag = libc::CLONE_THREAD as u64;
    SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(flag), flag)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(seccompiler::Error::Backend)
}

/// Computing, memory, threads, and reading and writing open descriptors.
const COMPUTING: [i64; 42] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_prctl,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
];

/// What starting a program and loading its libraries takes besides; landlock says which files.
const LOADING: [i64; 25] = [
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_execve,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getppid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_openat,
    libc::SYS_pipe2,
    libc::SYS_prlimit64,
    libc::SYS_pselect6,
    libc::SYS_readlinkat,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_sched_getscheduler,
    libc::SYS_set_tid_address,
    libc::SYS_statfs,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// Older calls for the same, which only this architecture still has.
#[cfg(target_arch = "x86_64")]
const LOADING_OLD: [i64; 11] = [
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_lstat,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_sched_getparam,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const LOADING_OLD: [i64; 0] = [];
