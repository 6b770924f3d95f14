//! Being written.
pub(super) fn run<T>(_: &T) -> Result<(), super::Failure> { Ok(()) }
