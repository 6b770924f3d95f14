//! The feed of changes, tombstones, imports that queue, and what lasts beyond the process.
