"""Named graphs: definitions kept in ``_graphs``, and the upkeep of vertices and edges."""
