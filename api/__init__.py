"""The conventions of /api/v1 that all apps share, one file each. Independent of any resource."""
