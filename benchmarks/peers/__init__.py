"""The same circuits and operators in other simulators, each as fast as its interface allows."""
