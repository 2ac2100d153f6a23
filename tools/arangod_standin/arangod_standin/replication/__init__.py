"""What tools that copy a server's data need: an inventory, and dumps that show one state of all collections."""
