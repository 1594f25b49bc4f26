using AzImageTools.Readiness.Repair;

namespace AzImageTools.Readiness.Reports;

/// <summary>What was repaired within a disk, on the page: each rule with what was before and after.</summary>
internal static class HtmlRepairs
{
    public static Html Render(IReadOnlyList<RepairResult> repairs) => repairs.Count == 0 ? Html.Empty : Html.Of($"""
        <div class="group"><h3>Repairs <span class="count">{repairs.Count}</span></h3>
        <p class="muted">What was set right within the disk, without starting it. The disk itself was never written: the changes are kept beside it.</p>
        {repairs.Select(Card)}</div>

        """);

    private static Html Card(RepairResult repair) => Html.Of($"""
        <article class="card {(repair.State == RepairState.Repaired ? "good" : "doubtful")}">
        <h4>{repair.Title}</h4>
        <p class="rule"><code>{repair.Id}</code> · {NameOf(repair.State)}</p>
        {Changes(repair)}
        {(repair.Reason is null ? Html.Empty : Html.Of($"<p>{repair.Reason}</p>"))}
        </article>

        """);

    private static Html Changes(RepairResult repair) => repair.Changes.Count == 0 ? Html.Empty : Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="Changes of {repair.Id}"><table class="overview">
        <thead><tr><th scope="col">What</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
        <tbody>
        {repair.Changes.Select(static change => Html.Of($"""
            <tr><th scope="row">{change.Subject}</th><td>{change.Before}</td><td>{change.After}</td></tr>

            """))}</tbody></table></div>
        """);

    private static string NameOf(RepairState state) => state switch
    {
        RepairState.Repaired => "Repaired",
        RepairState.Failing => "Changed, and fails still",
        _ => "Not repairable within the disk",
    };
}
