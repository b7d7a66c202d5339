"""The ground: the call record, MongoDB, the sums and the queries."""
