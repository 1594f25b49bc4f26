using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Retire;
using AzImageTools.Services.Rights;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>With just the rights that the table tells of, each flow works; without one of them it names that one, and has changed nothing.</summary>
public sealed class RightsTests
{
    /// <summary>
    /// What Azure may ask for and the sandbox does not: of a restore, whether a subnet is there; of a machine's view, more than to read the machine; of cores in use, anything;
    /// of an account that is listed, to read it.
    /// </summary>
    private static readonly string[] NotAskedFor = ["Microsoft.Storage/storageAccounts/read", "Microsoft.Network/virtualNetworks/subnets/read", "Microsoft.Compute/virtualMachines/instanceView/read", "Microsoft.Compute/locations/usages/read"];

    /// <summary>
    /// What one cmdlet asks for only at times: a blob that a version is made of is looked at where that is allowed, and else left to Azure; a gallery where Azure does not tell the region of a
    /// deleted version.
    /// </summary>
    private static readonly (string, string)[] AtTimes =
    [
        ("Publish-AzImageVersion", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"),
        ("Restore-AzImageVersion", "Microsoft.Compute/galleries/read"),
    ];

    /// <summary>What each flow asks for when it has its rights.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyCollection<string>>>> Asked = new();

    public static TheoryData<string> Flows => [.. Proved.SelectMany(FlowsOf).Select(flow => flow.Name)];

    public static TheoryData<string> Cmdlets => [.. Proved.Select(rights => rights.Cmdlet)];

    private static IEnumerable<CmdletRights> Proved => CmdletRights.All.Where(rights => FlowsOf(rights).Any());

    private static IEnumerable<Flow> All => Flow.All.Values.Concat(RightsFlows.All);

    [Theory]
    [MemberData(nameof(Flows))]
    public Task With_its_rights_each_flow_works(string name) => AskedAsync(All.Single(one => one.Name == name));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public async Task Without_one_of_them_that_one_is_named_before_anything_is_changed(string cmdlet)
    {
        CmdletRights rights = CmdletRights.All.Single(one => one.Cmdlet == cmdlet);
        ConcurrentDictionary<string, bool> missed = new(StringComparer.OrdinalIgnoreCase);

        // What a run only might do is asked for before, and by no request.
        HashSet<string> untold = [.. rights.Needed.Where(action => !NotAskedFor.Contains(action))];
        foreach (Flow flow in FlowsOf(rights))
        {
            untold.ExceptWith(await AskedAsync(flow));
        }

        await Parallel.ForEachAsync(FlowsOf(rights), TestContext.Current.CancellationToken, async (flow, _) =>
        {
            foreach (string action in await WithoutOneAsync(flow, rights, untold))
            {
                missed[action] = true;
            }
        });

        string[] unneeded = [.. rights.Needed.Where(action => !missed.ContainsKey(action) && !NotAskedFor.Contains(action) && !AtTimes.Contains((cmdlet, action)))];
        Assert.True(unneeded.Length == 0, $"No flow needs {string.Join(", ", unneeded)}.");
    }

    [Fact]
    public async Task Of_a_cmdlet_that_asks_Resource_Graph_what_may_not_be_read_is_left_out()
    {
        using FlowCloud cloud = await FlowCloud.PrepareAsync(Flow.All["version that is changed"]);
        using FlowRun run = await cloud.ConnectAsync();
        ImageConsumerService service = new(run.Session);
        Assert.Contains(await service.FindAsync(imageId: null, run.Context), consumer => consumer.Kind == ImageConsumerKind.ImageVersion);

        CmdletRights rights = CmdletRights.All.Single(one => one.Cmdlet == "Get-AzImageConsumer");
        cloud.Access.Restrict(new SandboxRole("/", rights.Actions));
        Assert.Contains(await service.FindAsync(imageId: null, run.Context), consumer => consumer.Kind == ImageConsumerKind.ImageVersion);

        cloud.Access.Restrict(new SandboxRole("/", [.. rights.Actions.Where(action => !action.Contains("/versions/", StringComparison.Ordinal))]));
        Assert.DoesNotContain(await service.FindAsync(imageId: null, run.Context), consumer => consumer.Kind == ImageConsumerKind.ImageVersion);
    }

    [Fact]
    public void The_page_tells_of_them_as_they_are()
    {
        string path = Path.Combine(RepositoryRoot(), "docs", "rights.md");
        string page = Page();
        if (Environment.GetEnvironmentVariable("AZIMAGETOOLS_WRITE_DOCS") is not null)
        {
            File.WriteAllText(path, page);
        }

        Assert.Equal(page, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static Task<IReadOnlyCollection<string>> AskedAsync(Flow flow) => Asked.GetOrAdd(flow.Name, _ => new Lazy<Task<IReadOnlyCollection<string>>>(async () =>
    {
        CmdletRights rights = CmdletRights.All.Single(one => one.Cmdlet == flow.Cmdlet);
        using FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
        cloud.Access.Restrict(new SandboxRole("/", rights.Actions) { DataActions = rights.DataActions });
        FlowEnd end = await cloud.RunAsync(flow);
        Assert.True(end.Result is not null, end.Told);
        return cloud.Access.Asked;
    })).Value;

    /// <summary>Runs a flow without each of what it asks for, and of what is untold. What it is refused for changes nothing, so that the next is tried in the same cloud.</summary>
    /// <returns>What it can't be without.</returns>
    private static async Task<IReadOnlyList<string>> WithoutOneAsync(Flow flow, CmdletRights rights, IReadOnlyCollection<string> untold)
    {
        List<string> missed = [];
        HashSet<string> asked = new(await AskedAsync(flow), StringComparer.OrdinalIgnoreCase);
        asked.UnionWith(untold);
        FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
        try
        {
            CloudListing before = await cloud.ListAsync();
            foreach (string action in rights.Needed.Distinct().Where(asked.Contains))
            {
                cloud.Access.Restrict(new SandboxRole("/", [.. rights.Actions.Where(other => other != action)]) { DataActions = [.. rights.DataActions.Where(other => other != action)] });
                FlowEnd end = await cloud.RunAsync(flow);
                cloud.Access.Reset();
                if (end.Result is null)
                {
                    missed.Add(action);
                    Assert.Contains(action, end.Told, StringComparison.OrdinalIgnoreCase);
                    IReadOnlyList<string> changes = before.ChangesTo(await cloud.ListAsync());
                    Assert.True(changes.Count == 0, $"{flow.Name}, without {action}: {end.Told}\nChanged: {string.Join(", ", changes)}");
                    continue;
                }

                cloud.Dispose();
                cloud = await FlowCloud.PrepareAsync(flow);
                before = await cloud.ListAsync();
            }
        }
        finally
        {
            cloud.Dispose();
        }

        return missed;
    }

    private static IEnumerable<Flow> FlowsOf(CmdletRights rights) => All.Where(flow => flow.Cmdlet == rights.Cmdlet);

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AzImageTools.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("The repository is not around the tests.");
    }

    private static string Page()
    {
        StringBuilder page = new();
        page.Append("""
            # Rights

            What each cmdlet has to be allowed to do, at the least, and a role definition with just that: `New-AzRoleDefinition -InputFile` or `az role definition create --role-definition` make a
            role of it, assigned at the resource groups in which the cmdlet works. The tests hold this page: in the sandbox each cmdlet works with these rights, and without any one of them it names
            the missing one before it changes anything.

            A right *for undoing* is not needed by a run that nothing goes wrong with; without it, an error says what to remove by hand. Every definition has these too:
            `Microsoft.Authorization/permissions/read` and `locks/read`, by which a missing right and a lock are told before the first change, and the reading of operations, which Azure may ask for.
            An action that is marked *(data)* is one on blobs, by sign-in: with a SAS or an account's key it is not needed. Where it is missing, the first request tells.
            To connect, any right in the subscription is enough. A policy is told before with `Microsoft.PolicyInsights/checkPolicyRestrictions/read`, which the role Reader has.


            """.ReplaceLineEndings("\n"));
        foreach (CmdletRights rights in CmdletRights.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {string.Join(", ", rights.Also.Prepend(rights.Cmdlet))}\n\n| For | |\n|---|---|\n");
            foreach (RightGroup group in rights.Rights)
            {
                page.Append(CultureInfo.InvariantCulture, $"| {(group.IsForUndo ? $"*{group.For}*" : group.For)} | {string.Join(", ", group.Actions.Select(action => $"`{action}`").Concat(group.DataActions.Select(action => $"`{action}` (data)")))} |\n");
            }

            JsonObject role = new()
            {
                ["Name"] = $"AzImageTools {rights.Cmdlet}",
                ["IsCustom"] = true,
                ["Description"] = $"The least that {rights.Cmdlet} needs.",
                ["Actions"] = new JsonArray([.. rights.Actions.Select(action => (JsonNode)action)]),
                ["NotActions"] = new JsonArray(),
                ["DataActions"] = new JsonArray([.. rights.DataActions.Select(action => (JsonNode)action)]),
                ["NotDataActions"] = new JsonArray(),
                ["AssignableScopes"] = new JsonArray("/subscriptions/00000000-0000-0000-0000-000000000000"),
            };
            page.Append(CultureInfo.InvariantCulture, $"\n```json\n{role.ToJsonString(new(System.Text.Json.JsonSerializerOptions.Default) { WriteIndented = true, NewLine = "\n" })}\n```\n\n");
        }

        return page.ToString().TrimEnd() + "\n";
    }
}
