//! What this process has used so far, as Linux tells it.

use std::fs;

/// The processor's seconds, and the most memory at a time in KiB.
pub fn used() -> (f64, f64) {
    let of = |path: &str| fs::read_to_string(path).expect("what the kernel says");
    let status = of("/proc/self/status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    let peak = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    // The 14th and 15th field, in hundredths of a second (proc_pid_stat(5)); the second may hold spaces.
    let stat = of("/proc/self/stat");
    let fields = stat.rsplit_once(')').expect("a name").1.split_whitespace().skip(11).take(2);
    (fields.map(|it| it.parse::<f64>().expect("a number")).sum::<f64>() / 100.0, peak)
}
