//! Pictures byte by byte: what a camera wrote beside them is gone, the picture is as it was, and what does not
//! read to its end is refused.
