//! Bodies that arrive in pieces, slowly, packed, too large, or not to their end.

use std::{collections::VecDeque, future::Future, io::Write, time::Instant};

use flate2::{Compression, write};
use tokio::{runtime, task};

use super::*;

/// A body that comes as told: after how many milliseconds which piece.
struct Told {
    pieces: VecDeque<(u64, Result<Bytes, ()>)>,
    announced: Option<u64>,
    waiting: Option<Pin<Box<time::Sleep>>>,
}

impl Told {
    fn new(pieces: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Self {
        let pieces = pieces.into_iter().map(|(after, bytes)| (after, Ok(bytes.into()))).collect();
        Self { pieces, announced: None, waiting: None }
    }
}

impl Body for Told {
    type Data = Bytes;
    type Error = ();

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ()>>> {
        let this = self.get_mut();
        let Some((after, _)) = this.pieces.front() else { return Poll::Ready(None) };
        let wait = Duration::from_millis(*after);
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(time::sleep(wait)));
        if !wait.is_zero() && waiting.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        this.waiting = None;
        Poll::Ready(this.pieces.pop_front().map(|(_, it)| it.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Patience for what arrives, however busy the machine is.
const BOUNDS: Bounds = Bounds { bytes: 1 << 20, patience: Duration::from_secs(30) };

/// For what does not.
const IMPATIENT: Bounds = Bounds { patience: Duration::from_millis(300), ..BOUNDS };

/// What a thread reads of a body, or why not.
fn read(body: Told, packing: Packing, bounds: Bounds) -> Result<Vec<u8>, String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let arriving = Arriving::new(body, bounds);
        let reading = task::spawn_blocking(move || {
            let mut out = Vec::new();
            packing.unpack(arriving, bounds.bytes)?.read_to_end(&mut out).map(|_| out)
        });
        reading.await.unwrap().map_err(|why| format!("{:?}", trouble(&why)))
    })
}

fn in_pieces(bytes: &[u8], of: usize) -> Told {
    Told::new(bytes.chunks(of).map(|it| (0, it.to_vec())))
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn packed<W: Write>(mut writer: W, bytes: &[u8], finish: impl Fn(W) -> io::Result<Vec<u8>>) -> Vec<u8> {
    writer.write_all(bytes).unwrap();
    finish(writer).unwrap()
}

fn forms(bytes: &[u8]) -> [(Packing, Vec<u8>); 4] {
    let level = Compression::fast;
    [
        (Packing::Plain, bytes.to_vec()),
        (Packing::Gzip, packed(write::GzEncoder::new(Vec::new(), level()), bytes, write::GzEncoder::finish)),
        (Packing::Deflate, packed(write::ZlibEncoder::new(Vec::new(), level()), bytes, write::ZlibEncoder::finish)),
        (
            Packing::Deflate,
            packed(write::DeflateEncoder::new(Vec::new(), level()), bytes, write::DeflateEncoder::finish),
        ),
    ]
}

/// Pieces come in order, each when it is asked for, and others are let pass between them.
#[test]
fn a_body_is_made_as_it_is_asked_for() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = asked.clone();
    let count = move |_: &&str| {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    };
    let mut body = Outgoing::made(["a", "b"].into_iter().inspect(count).map(|it| Bytes::from_static(it.as_bytes())));
    assert!(!body.is_end_stream() && body.size_hint().exact().is_none());
    let mut poll = || {
        let polled = Pin::new(&mut body).poll_frame(&mut Context::from_waker(std::task::Waker::noop()));
        let told = match polled {
            Poll::Pending => "later".to_owned(),
            Poll::Ready(None) => "end".to_owned(),
            Poll::Ready(Some(frame)) => String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap(),
        };
        (told, asked.load(std::sync::atomic::Ordering::SeqCst))
    };
    let expected = [("a", 1), ("later", 1), ("b", 2), ("later", 2), ("end", 2), ("end", 2)];
    assert_eq!(expected.map(|_| poll()), expected.map(|(told, asked)| (told.to_owned(), asked)));
}

#[test]
fn a_body_is_read_as_it_was_sent_however_it_is_packed_and_cut() {
    for (length, piece) in [(0, 1), (1, 1), (5000, 1), (5000, 7), (300_000, 64 << 10)] {
        let bytes = noise(length);
        for (packing, sent) in forms(&bytes) {
            assert!(read(in_pieces(&sent, piece), packing, BOUNDS).unwrap() == bytes, "{packing:?} {length} {piece}");
        }
    }
}

#[test]
fn a_body_is_no_larger_than_it_may_be_packed_or_unpacked() {
    let bytes = vec![b' '; 100_000];
    let bounds = Bounds { bytes: 99_999, ..BOUNDS };
    for (packing, sent) in forms(&bytes) {
        assert_eq!(read(in_pieces(&sent, 1000), packing, bounds).unwrap_err(), "TooLarge(99999)", "{packing:?}");
        let just = Bounds { bytes: 100_000, ..BOUNDS };
        assert_eq!(read(in_pieces(&sent, 1000), packing, just).unwrap().len(), 100_000, "{packing:?}");
    }
}

#[test]
fn a_body_that_cannot_be_unpacked_is_told_so() {
    for packing in [Packing::Gzip, Packing::Deflate] {
        let told = read(in_pieces(b"<xml/> it is not packed at all", 5), packing, BOUNDS).unwrap_err();
        assert!(told.contains("not packed as Content-Encoding says"), "{packing:?}: {told}");
    }
    let (_, mut sent) = forms(&noise(5000))[1].clone();
    sent.truncate(sent.len() - 100);
    let told = read(in_pieces(&sent, 1000), Packing::Gzip, BOUNDS).unwrap_err();
    assert!(told.contains("not packed"), "{told}");
}

#[test]
fn a_client_that_stops_or_goes_is_not_waited_for() {
    let began = Instant::now();
    let told = read(Told::new([(0, vec![1; 10]), (60_000, vec![1])]), Packing::Plain, IMPATIENT).unwrap_err();
    assert!(told.contains("took too long") && began.elapsed() < Duration::from_secs(20), "{told}");
    let mut gone = in_pieces(&[1; 10], 5);
    gone.pieces.push_back((0, Err(())));
    assert!(read(gone, Packing::Plain, BOUNDS).unwrap_err().contains("ended in the middle"));
    let short = Told { announced: Some(11), ..in_pieces(&[1; 10], 5) };
    assert!(read(short, Packing::Plain, BOUNDS).unwrap_err().contains("ended in the middle"));
}

/// One byte now and then is never silence, but it is not sending either.
#[test]
fn a_client_that_drips_is_not_waited_for_either() {
    let began = Instant::now();
    let drops = Told::new((0..1000).map(|_| (100, vec![1])));
    assert!(read(drops, Packing::Plain, IMPATIENT).unwrap_err().contains("took too long"));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // Half a second for each piece is a third of what may pass without one, and longer in all.
    let patience = Duration::from_millis(1500);
    let slow = Told::new((0..4).map(|_| (500, vec![1; SLOWEST as usize])));
    let read = read(slow, Packing::Plain, Bounds { patience, ..BOUNDS });
    assert_eq!(read.unwrap().len(), 4 * SLOWEST as usize);
}

/// The client waits while the reader does something else: only so many pieces are held.
#[test]
fn pieces_wait_for_their_reader() {
    struct Counted(std::sync::Arc<std::sync::atomic::AtomicUsize>);
    impl Body for Counted {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"piece")))))
        }
    }
    let asked = std::sync::Arc::default();
    let counted = Counted(std::sync::Arc::clone(&asked));
    runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let arriving = Arriving::new(counted, BOUNDS);
        while asked.load(std::sync::atomic::Ordering::SeqCst) <= WAITING {
            task::yield_now().await;
        }
        time::sleep(Duration::from_millis(50)).await;
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), WAITING + 1, "those that wait, and the next");
        drop(arriving);
        time::sleep(Duration::from_millis(50)).await;
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), WAITING + 1, "nobody wants more");
    });
}
