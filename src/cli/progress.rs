//! Progress bars: on a terminal, on standard error, and nowhere else.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, at};

/// A file to read, or standard input, with a bar that shows how much of it has been read.
pub(super) fn input(path: Option<&Path>) -> Result<Box<dyn Read>, Failure> {
    let Some(path) = path.filter(|it| *it != Path::new("-")) else {
        let bar = styled(ProgressBar::new_spinner(), "{spinner} {bytes} at {bytes_per_sec}");
        return Ok(Box::new(bar.wrap_read(io::stdin())));
    };
    let file = File::open(path).map_err(|why| at(path, why))?;
    let length = file.metadata().map(|it| it.len()).unwrap_or_default();
    let template = "{wide_bar} {bytes} of {total_bytes} at {bytes_per_sec}, {eta} left";
    Ok(Box::new(styled(ProgressBar::new(length), template).wrap_read(file)))
}

/// A bar for things that are made one after the other.
pub(super) fn making(count: u64) -> ProgressBar {
    styled(ProgressBar::new(count), "{wide_bar} {human_pos} of {human_len}, {eta} left")
}

/// A bar that goes away with what it measured.
fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_finish(indicatif::ProgressFinish::AndClear)
}
