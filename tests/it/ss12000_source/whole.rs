//! The demo's own SS12000 face, read over HTTP into a store: what the old services then answer.
