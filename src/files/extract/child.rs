//! The process that reads. Invariant: it limits itself first, and a reader that gives up with a panic is a reason too.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::confine::{Allowance, confine};
use super::{Declared, Document, Reason, answer, formats};

/// What is to be read, from standard input, and what that may take.
#[derive(Clone, Debug)]
pub struct Request {
    /// The process that waits for the answer.
    pub parent: u32,
    pub cpu_s: u64,
    pub memory_bytes: u64,
    pub text_bytes_max: usize,
    pub media_type: Option<String>,
    pub file_name: Option<String>,
}

/// Reads the file that is the standard input and writes the answer to standard output.
pub fn answer_standard_input(request: &Request) -> io::Result<()> {
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    confine(Allowance {
        parent: request.parent,
        cpu_s: request.cpu_s,
        memory_bytes: request.memory_bytes,
    })?;
    let outcome = match read(&mut file, request) {
        Ok(bytes) => guarded(&bytes, request),
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            Err(Reason::Memory(request.memory_bytes >> 20))
        }
        Err(error) => Err(Reason::Failed(error.to_string())),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(&answer::written(outcome))?;
    stdout.flush()
}

fn read(file: &mut File, request: &Request) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(request.memory_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn guarded(bytes: &[u8], request: &Request) -> Result<Document, Reason> {
    // What a library says of its own code is nothing to those who sent the file.
    std::panic::set_hook(Box::new(|_| {}));
    let declared = Declared {
        media_type: request.media_type.as_deref(),
        file_name: request.file_name.as_deref(),
    };
    let read = || formats::document(bytes, declared, request.text_bytes_max);
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Reason::damaged("nothing can be made of what is in it")))
}
