package dev.ngbak.engine;

/** A phase of a job. */
public enum Phase {
    /** The job has no lock yet, or settles an interrupted restore. */
    PENDING("pending"),
    /** An archive or the references between the stores are checked. */
    CHECKING("checking"),
    PREFLIGHT("preflight"),
    /** A restore writes the archive again, for another workspace, other backends, or from another program's archive. */
    ADAPTING("adapting the archive"),
    EXPORTING("exporting"),
    WRITING("writing"),
    VERIFYING("verifying"),
    /** An archive is sent to another repository. */
    COPYING("copying"),
    PRUNING("deleting old archives"),
    /** A restore makes its safety archive, which has phases of its own. */
    SAVING("saving the present state"),
    RESTORING("restoring"),
    PROVING("proving"),
    /** A drill removes everything that it made. */
    CLEANING("removing the scratch stores"),
    ROLLING_BACK("rolling back"),
    ROLLING_FORWARD("finishing the restore"),
    DONE("done");

    private final String label;

    Phase(String label) {
        this.label = label;
    }

    /** Returns the name that users see. The API and the command line show it too. */
    public String label() {
        return label;
    }
}
