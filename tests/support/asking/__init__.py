"""Ways to ask a site: HTTP/2, through a proxy, as granian calls it, by a virtual clock."""
