"""What is measured: masks beside the peers, and what is asked of this project alone."""
