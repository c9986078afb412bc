"""What the service is measured against: its physical limit, the bare driver, and what users would pick instead."""
