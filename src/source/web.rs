//! Asking over the web: what a REST standard needs of the network, question by question, whatever carries it.

use std::{fmt, io::Read as _, sync::mpsc, time::Duration};

use flate2::read::MultiGzDecoder;
use reqwest::header;
use tokio::time::{Instant, timeout_at};

use super::{
    courier::{Lost, LostKind, Reply},
    http::{Http, cut, held, judged, large, silent, slow, unanswered},
};

/// A question.
#[derive(Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Whereto: an absolute address.
    pub address: String,
    /// What shows who asks.
    pub authorization: Option<String>,
    /// What is sent, if anything is.
    pub body: Option<Body>,
    /// The largest answer, in bytes.
    pub most: usize,
}

/// What a question sends.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// The media type.
    pub media_type: &'static str,
    /// The text.
    pub text: String,
}

/// Addresses hold what is asked for, which is somebody's.
impl fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inquiry").field("is_post", &self.body.is_some()).finish_non_exhaustive()
    }
}

/// Somebody who asks one server.
pub trait Web: Send + Sync {
    /// Asks once: a POST where a body is sent, else a GET. No redirect is followed. Waits, so it wants a thread of its own.
    ///
    /// # Errors
    /// See [`Lost`].
    fn ask(&self, inquiry: Inquiry) -> Result<Reply, Lost>;

    /// Lets time pass.
    fn rest(&self, wait: Duration);
}

impl Web for Http {
    fn ask(&self, inquiry: Inquiry) -> Result<Reply, Lost> {
        let pass = self.pass()?;
        let (client, patience) = (self.client.clone(), self.settings.answer);
        let (tell, told) = mpsc::sync_channel(1);
        let work = self.network.run(async move {
            let _ = tell.send(asked(&client, inquiry, patience).await);
        });
        let said = told.recv().unwrap_or_else(|_| Err(Lost::new(LostKind::Unsent, "the network has stopped")));
        drop(work);
        judged(pass, said.and_then(unpacked))
    }

    fn rest(&self, wait: Duration) {
        std::thread::sleep(wait);
    }
}

/// An answer whose beginning and end come in time, and how large it may be at most if it is packed.
async fn asked(client: &reqwest::Client, inquiry: Inquiry, patience: Duration) -> Result<(Reply, Option<usize>), Lost> {
    let deadline = Instant::now() + patience;
    let Inquiry { address, authorization, body, most } = inquiry;
    let mut request = match body {
        Some(Body { media_type, text }) => client.post(address).header(header::CONTENT_TYPE, media_type).body(text),
        None => client.get(address),
    };
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let accepted = request.header(header::ACCEPT, "application/json").header(header::ACCEPT_ENCODING, "gzip");
    let sending = accepted.send();
    let response = match timeout_at(deadline, sending).await {
        Ok(sent) => sent.map_err(|it| unanswered(&it))?,
        Err(_) => return Err(silent(patience)),
    };
    let is_packed = response.headers().get(header::CONTENT_ENCODING).is_some_and(|it| it == "gzip" || it == "x-gzip");
    let reply = timeout_at(deadline, held(response, most)).await.unwrap_or_else(|_| Err(slow(patience)))?;
    Ok((reply, is_packed.then_some(most)))
}

/// An answer that came packed, no larger than it may be. What is no gzip is cut short.
fn unpacked((reply, packed): (Reply, Option<usize>)) -> Result<Reply, Lost> {
    let Some(most) = packed else { return Ok(reply) };
    let mut body = Vec::new();
    let mut packed = MultiGzDecoder::new(reply.body.as_slice()).take(most as u64 + 1);
    packed.read_to_end(&mut body).map_err(|_| cut())?;
    if body.len() > most { Err(large(most as u64)) } else { Ok(Reply { body, ..reply }) }
}
