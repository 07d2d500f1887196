//! Whatever is in the files, the answer is a message with a place.
