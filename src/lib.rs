//! Skolebro.
