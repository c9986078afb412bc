"""What a holder shows of a label: the certificate for the wall, the badge for a page; both lead to verification."""
