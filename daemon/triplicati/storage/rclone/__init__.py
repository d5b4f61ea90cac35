"""Kinds of destinations that are served by the program rclone, which runs beside this one."""
