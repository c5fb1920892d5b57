//! JSON and query-string forms of the Luigi's Box API, and their conversion to and from the domain.
