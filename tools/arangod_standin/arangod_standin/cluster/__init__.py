"""What makes servers a cluster: registration, shards, replication, resync, coordinators."""
