"""What the screens ask of the service, room by room: typed rows, and functions of a `Client`."""
