//! The `unsell` program: arguments in, an exit status out. All work is the library's.

/// Reports are made of many small texts, which this one hands out and takes back in half the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    unsell::cli::run()
}
