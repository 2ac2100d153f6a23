"""What a server counts about itself, and how it is shown: requests, histograms, figures of the process."""
