"""What people and monitoring systems see: health, API, pages, public notices."""
