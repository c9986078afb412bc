"""European cluster excellence over HTTP: the map of the house.

Folders are nouns of the domain, files are kinds of thought. From top to bottom, each storey knows only what is below:

- ``cli`` the command line; ``app`` puts the service together; ``demonstration`` the register shipped for trying it out
- ``changes`` readers of the journal; ``statistics`` figures about labels; ``imports`` files in and out, over HTTP;
  ``upkeep`` what is due from time to time
- ``intake`` rows taken in; ``files`` dirty files read, clean files written
- ``retention`` how long what is personal is kept
- ``billing`` quotes, invoices, payments; ``einvoices`` invoices as files for the accounts
- ``certificates`` what a holder shows: the certificate for the wall, the badge for a page, the credential
- ``payments`` of exchanges, ordered once
- ``projects``: the demonstration programme
- ``yearly``: the report of the scheme about a year, released under a digest
- ``programme``: indicators of partnerships, reports of progress, figures of all
- ``exchanges`` that count, in figures
- ``stays``: agreed exchanges reported, validated, broken off; ``grants``: exchanges built, signed, agreed
- ``matches`` of a visitor and a host
- ``batches``: matchings of whole rounds
- ``participants`` of exchanges: registered, validated, listed for each other
- ``calls`` for proposals: conditions, applications of consortia, evaluations, the award
- ``ledger`` the books of partnerships, by double entry
- ``partnerships`` that are funded: partners, the agreement of all, activities, indicators
- ``appeals`` against refusals, to others than those who decided
- ``deferrals`` what a deferred decision asks for; ``deadlines`` what is due in a case
- ``decisions`` of the board about reported cases: votes, outcome, computed again from what is kept
- ``simulations`` past assessments scored again under a draft: who would gain, keep, lose
- ``awards`` labels awarded, renewed, suspended, withdrawn; ``complaints`` and answers
- ``notices`` before labels expire, and when another one takes their place
- ``assessors`` who may assess what: qualifications, standing, candidates, load
- ``conflicts`` interests, and the conflicts that follow from all that is known; ``trainings`` on a methodology version
- ``pairings`` of all visitors and hosts of a round at once, stable, with a certificate; ``matching`` how well two fit
- ``rounds`` of ClusterXchange: who may take part, and the most that is paid for a stay
- ``pool`` the assessors, for whom they work, what they did
- ``benchmarks`` a questionnaire filled, talked through, frozen, reported; ``comparisons`` figures beside those of peers
- ``reports`` sealed reports of assessments, and why a score is what it is
- ``scoresheets`` self-assessments, scores of each assessor, consensus
- ``interviews`` on which a bronze case rests: its benchmark, what the expert found
- ``assignments`` who assesses a case, and when; ``eligibility`` its criteria; ``evidence`` files as proof
- ``assessments`` the case for each level: application, contract, moves, checks
- ``guests`` who sits in at interviews: trainees and observers
- ``labels`` the register, verification, what a label is on a day
- ``methodology`` sealed documents of the method, their versions and prices; ``tallies`` kept counts
- ``bankfiles`` for banks and from them
- ``scoring`` what a filled form is worth and why
- ``profiles`` the life of a cluster's profile; ``clusters`` cluster organisations
- ``oauth`` the token endpoint
- ``people`` who one is, export and erasure
- ``invitations`` one-time codes; ``organisations`` who takes part, and who belongs to whom; ``clients`` their machines
- ``indicators`` what is asked, and the typed forms it compiles to
- ``vocabularies`` countries, regions, activities, portfolios and the published facts; ``jobs`` long work
- ``identity`` who is calling and what they may do; ``tokens`` what proves a caller
- ``journal`` one line for everything that happened, chained so that tampering shows
- ``foundation`` what knows no word of the domain
"""

__version__ = "0.1.0"
