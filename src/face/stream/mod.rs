//! Bodies that nobody holds whole: answers that are made as they are sent, messages that are read as they arrive.

use std::{
    convert::Infallible,
    fmt,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::{
    body::{Body, Bytes, Frame, SizeHint},
    header,
};
use tokio::{sync::mpsc, time};

use super::rescue::Trouble;

/// Bytes of an answer that are handed over at once: whoever takes none of them is to be noticed.
const PIECE: usize = 256 * 1024;

/// The body of an answer.
pub enum Outgoing {
    /// One that is there already: what is left of it.
    Whole(Bytes),
    /// One that is made piece by piece, each when the last has been sent. Whoever goes away ends the making.
    Made(Making),
}

/// A body that is being made.
pub struct Making {
    pieces: Box<dyn Iterator<Item = Bytes> + Send>,
    /// Whether nobody else has been let pass since the last piece.
    was_last: bool,
}

impl Outgoing {
    /// A body of these pieces.
    pub fn made(pieces: impl Iterator<Item = Bytes> + Send + 'static) -> Self {
        Self::Made(Making { pieces: Box::new(pieces), was_last: false })
    }

    /// Whether it is handed over at once.
    pub(super) fn is_small(&self) -> bool {
        matches!(self, Self::Whole(rest) if rest.len() <= PIECE)
    }
}

impl Making {
    /// A client that takes its pieces as fast as they are made must not keep those waiting who ask for little.
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if std::mem::take(&mut self.was_last) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = self.pieces.next();
        self.was_last = piece.is_some();
        Poll::Ready(piece)
    }
}

impl From<String> for Outgoing {
    fn from(text: String) -> Self {
        Self::Whole(text.into())
    }
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Whole(bytes.into())
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(rest) if rest.is_empty() => Poll::Ready(None),
            Self::Whole(rest) => Poll::Ready(Some(Ok(Frame::data(rest.split_to(rest.len().min(PIECE)))))),
            Self::Made(making) => making.next(context).map(|it| it.map(|it| Ok(Frame::data(it)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(rest) => rest.is_empty(),
            Self::Made(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(rest) => SizeHint::with_exact(rest.len() as u64),
            Self::Made(_) => SizeHint::default(),
        }
    }
}

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    Plain,
    /// `gzip`.
    Gzip,
    /// `deflate`, with the frame of RFC 1950 or, as some clients send it, without.
    Deflate,
}

impl Packing {
    /// As `Content-Encoding` says.
    pub(super) fn of(headers: &header::HeaderMap) -> Result<Self, Trouble> {
        let encoding = headers.get(header::CONTENT_ENCODING).map(|it| it.as_bytes().to_ascii_lowercase());
        match encoding.as_deref() {
            None | Some(b"" | b"identity") => Ok(Self::Plain),
            Some(b"gzip" | b"x-gzip") => Ok(Self::Gzip),
            Some(b"deflate") => Ok(Self::Deflate),
            Some(_) => Err(Trouble::Media("Content-Encoding may be gzip, deflate or identity.".into())),
        }
    }

    /// What is in the packing: at most so many bytes of it.
    pub(super) fn unpack(self, mut packed: impl Read + Send + 'static, most: u64) -> io::Result<Box<dyn Read + Send>> {
        let unpacked: Box<dyn Read + Send> = match self {
            Self::Plain => return Ok(Box::new(packed)),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Self::Deflate => {
                let mut start = Vec::with_capacity(2);
                packed.by_ref().take(2).read_to_end(&mut start)?;
                let framed = is_zlib(&start);
                let packed = io::Cursor::new(start).chain(packed);
                if framed {
                    Box::new(flate2::read::ZlibDecoder::new(packed))
                } else {
                    Box::new(flate2::read::DeflateDecoder::new(packed))
                }
            }
        };
        Ok(Box::new(Unpacked { input: unpacked, left: most, most }))
    }
}

/// Whether packed bytes begin as RFC 1950 says that `deflate` shall.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..] if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

/// Bytes that came packed, within their bound.
struct Unpacked {
    input: Box<dyn Read + Send>,
    left: u64,
    most: u64,
}

impl Read for Unpacked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match self.input.read(out) {
            Ok(read) => read,
            Err(why) if Cut::in_error(&why).is_some() || why.kind() == io::ErrorKind::Interrupted => return Err(why),
            Err(_) => return Err(Cut::Packing.into()),
        };
        self.left = self.left.checked_sub(read as u64).ok_or(Cut::TooLarge(self.most))?;
        Ok(read)
    }
}

/// Why a body ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// It has more bytes than this.
    TooLarge(u64),
    /// The client sends nothing, or next to nothing.
    TooSlow,
    /// The client has gone.
    Ended,
    /// It cannot be unpacked.
    Packing,
}

impl Cut {
    fn in_error(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge(_) => "The body is too large.",
            Self::TooSlow => "The body took too long.",
            Self::Ended => "The connection ended in the middle of the body.",
            Self::Packing => "The body is not packed as Content-Encoding says.",
        })
    }
}

impl std::error::Error for Cut {}

impl From<Cut> for io::Error {
    fn from(cut: Cut) -> Self {
        Self::other(cut)
    }
}

/// What an error of reading a body is told as.
pub(super) fn trouble(error: &io::Error) -> Trouble {
    match Cut::in_error(error) {
        Some(Cut::TooLarge(most)) => Trouble::TooLarge(most),
        Some(Cut::TooSlow) => Trouble::Body("The body took too long."),
        Some(Cut::Packing) => Trouble::Body("The body is not packed as Content-Encoding says."),
        Some(Cut::Ended) | None => Trouble::Body("The connection ended in the middle of the body."),
    }
}

/// The bounds of a body that is read as it arrives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes, packed and unpacked.
    pub(super) bytes: u64,
    /// How long the client may send nothing. In all it may take this long, and a second for every [`SLOWEST`] bytes.
    pub(super) patience: Duration,
}

/// Bytes a second that every client can send. Whoever sends less would keep a thread for as long as it likes.
const SLOWEST: u64 = 16 << 10;

/// So many pieces wait to be read before the client is made to wait.
const WAITING: usize = 4;

/// A body on its way: to be read by a thread that may wait.
pub(super) struct Arriving {
    pieces: mpsc::Receiver<Result<Bytes, Cut>>,
    /// What has come and has not been read.
    piece: Bytes,
    ended: bool,
}

impl Arriving {
    /// Begins to take in a body. Dropping what is returned ends that.
    pub(super) fn new<B>(body: B, bounds: Bounds) -> Self
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Send,
    {
        let (sender, pieces) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let end = take_in(body, bounds, &sender).await.map(|()| Bytes::new());
            // Nobody need be waiting for the end.
            let _ = sender.send(end).await;
        });
        Self { pieces, piece: Bytes::new(), ended: false }
    }
}

/// Sends on what arrives, up to the end of the body or until nobody wants more.
async fn take_in<B>(mut body: B, bounds: Bounds, pieces: &mpsc::Sender<Result<Bytes, Cut>>) -> Result<(), Cut>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = body.size_hint().exact();
    let (mut arrived, mut waited) = (0_u64, Duration::ZERO);
    loop {
        let allowed = bounds.patience + Duration::from_secs(arrived / SLOWEST);
        let began = time::Instant::now();
        let frame = time::timeout(bounds.patience.min(allowed.saturating_sub(waited)), body.frame()).await;
        waited += began.elapsed();
        let data = match frame.map_err(|_| Cut::TooSlow)? {
            // A connection that is taken away from under us ends without an error.
            None if announced.is_some_and(|it| arrived < it) => return Err(Cut::Ended),
            None => return Ok(()),
            Some(frame) => frame.map_err(|_| Cut::Ended)?.into_data().unwrap_or_default(),
        };
        arrived += data.len() as u64;
        if arrived > bounds.bytes {
            return Err(Cut::TooLarge(bounds.bytes));
        }
        // An empty piece would be the end.
        if !data.is_empty() && pieces.send(Ok(data)).await.is_err() {
            return Ok(());
        }
    }
}

impl Read for Arriving {
    /// Waits for the client. Not to be called where others would wait too.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && !self.ended {
            self.piece = self.pieces.blocking_recv().unwrap_or(Err(Cut::Ended))?;
            self.ended = self.piece.is_empty();
        }
        let length = self.piece.len().min(out.len());
        out[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
