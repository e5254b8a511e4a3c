"""The compiled searches: plain functions over tables of integers, compiled where numba is there.

Everything is an integer and the random numbers are the package's own, so a seed and a number of
iterations give the same routes on every machine. Without numba the functions are plain Python.
"""
