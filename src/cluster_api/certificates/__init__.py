"""What a holder shows of a label: certificate for the wall, badge for a page, credential; all lead to verification."""
