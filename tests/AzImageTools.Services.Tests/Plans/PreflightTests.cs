using System.Net;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Capture;
using Azure.Core;

namespace AzImageTools.Services.Tests.Plans;

public sealed class PreflightTests
{
    private const string Group = "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/sandbox-rg";
    private static readonly ResourceIdentifier Machine = new($"{Group}/providers/Microsoft.Compute/virtualMachines/win-vm");
    private static readonly ResourceIdentifier Image = new($"{Group}/providers/Microsoft.Compute/images/web");
    private static readonly ResourceIdentifier Definition = new($"{Group}/providers/Microsoft.Compute/galleries/g/images/d");
    private static readonly ResourceIdentifier Version = new($"{Group}/providers/Microsoft.Compute/galleries/g/images/d/versions/1.0.0");

    [Theory]
    [InlineData("""{"actions":["*"],"notActions":[]}""", true)]
    [InlineData("""{"actions":["Microsoft.Compute/*"],"notActions":["Microsoft.Compute/disks/*"]}""", true)]
    [InlineData("""{"actions":["microsoft.compute/virtualmachines/*/action"],"notActions":[]}""", true)]
    [InlineData("""{"actions":["*"],"notActions":["Microsoft.Compute/virtualMachines/generalize/action"]}""", false)]
    [InlineData("""{"actions":["*"],"notActions":["Microsoft.Compute/virtualMachines/generalize/action"]},{"actions":["Microsoft.Compute/virtualMachines/*"]}""", true)]
    [InlineData("""{"actions":["*/read"],"notActions":[]}""", false)]
    [InlineData("""{"actions":["Microsoft.Compute/virtualMachines/generalize/actions"]}""", false)]
    [InlineData("""{"actions":[7,null,{}],"notActions":"*"}""", false)]
    public async Task What_the_roles_do_not_allow_is_refused(string permissions, bool isAllowed)
        => Assert.Equal(isAllowed ? null : "AuthorizationFailed", await CheckAsync("permissions", $$"""{"value":[{{permissions}}]}""", [ResourceChange.Act(Machine, "generalize")]));

    [Fact]
    public async Task A_role_of_thousands_of_stars_is_read_like_any_other()
    {
        string pattern = string.Concat(Enumerable.Repeat("*i", 5000));

        Assert.Equal("AuthorizationFailed", await CheckAsync("permissions", $$"""{"value":[{"actions":["{{pattern}}"]}]}""", [ResourceChange.Act(Machine, "generalize")]));
        Assert.Equal("AuthorizationFailed", await CheckAsync("permissions", """{"value":[{"actions":["Microsoft.Compute/virtualMachines/g*generalize/action"]}]}""", [ResourceChange.Act(Machine, "generalize")]));
        Assert.Null(await CheckAsync("permissions", """{"value":[{"actions":["Micro*/*Mach*/g*e/*ion"]}]}""", [ResourceChange.Act(Machine, "generalize")]));
    }

    [Fact]
    public async Task What_is_made_is_asked_for_in_the_nearest_place_that_is_there()
    {
        List<string> asked = [];

        await CheckAsync("permissions", """{"value":[{"actions":["*"]}]}""", [ResourceChange.Create(Definition, AzureLocation.WestEurope, null), ResourceChange.Create(Version, AzureLocation.WestEurope, null), ResourceChange.Create(Image, AzureLocation.WestEurope, null)], asked);

        Assert.Equal([$"{Group}/providers/Microsoft.Authorization/permissions", $"{Group}/providers/Microsoft.Compute/galleries/g/providers/Microsoft.Authorization/permissions"], asked.Order());
    }

    [Theory]
    [InlineData($"{Group}/providers/Microsoft.Authorization/locks/keep", "ReadOnly", true)]
    [InlineData($"{Group}/providers/Microsoft.Authorization/locks/keep", "CanNotDelete", false)]
    [InlineData("/subscriptions/5A4DB0C5-0000-4000-8000-000000000001/providers/Microsoft.Authorization/locks/keep", "readonly", true)]
    [InlineData($"{Group}/providers/Microsoft.Compute/virtualMachines/win-vm/providers/Microsoft.Authorization/locks/keep", "ReadOnly", true)]
    [InlineData($"{Group}/providers/Microsoft.Compute/virtualMachines/win-vm2/providers/Microsoft.Authorization/locks/keep", "ReadOnly", false)]
    [InlineData($"{Group}2/providers/Microsoft.Authorization/locks/keep", "ReadOnly", false)]
    [InlineData("nonsense", "ReadOnly", false)]
    public async Task A_lock_that_makes_the_place_read_only_is_found(string id, string level, bool isLocked)
        => Assert.Equal(isLocked ? "ScopeLocked" : null, await CheckAsync("locks", $$$"""{"value":[{"id":"{{{id}}}","properties":{"level":"{{{level}}}"}}]}""", [ResourceChange.Act(Machine, "deallocate")]));

    [Theory]
    [InlineData("NonCompliant", "RequestDisallowedByPolicy")]
    [InlineData("Compliant", null)]
    public async Task A_policy_that_denies_what_is_made_is_found(string result, string? errorId)
    {
        // As checkPolicyRestrictions answers at 2022-03-01, by the published example PolicyRestrictions_CheckAtResourceGroupScope.
        string answer = $$$"""
            {"fieldRestrictions":[],"contentEvaluationResult":{"policyEvaluations":[{"policyInfo":{"policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/tags",
            "policyAssignmentId":"{{{Group}}}/providers/Microsoft.Authorization/policyAssignments/tags"},"evaluationResult":"{{{result}}}","evaluationDetails":{}}]}}
            """;

        Assert.Equal(errorId, await CheckAsync("checkPolicyRestrictions", answer, [ResourceChange.Create(Image, AzureLocation.WestEurope, new Dictionary<string, string> { ["team"] = "web" })]));
        Assert.Null(await CheckAsync("checkPolicyRestrictions", answer, [ResourceChange.Act(Machine, "generalize")]));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, null)]
    [InlineData(HttpStatusCode.NotFound, null)]
    [InlineData(HttpStatusCode.NotImplemented, "NotImplemented")]
    public async Task Who_may_not_look_leaves_it_to_Azure(HttpStatusCode status, string? errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request => request.RequestUri!.AbsolutePath.Contains("/Microsoft.Authorization/", StringComparison.Ordinal)
            ? new HttpResponseMessage(status) { Content = new StringContent($$$"""{"error":{"code":"{{{status}}}","message":"No."}}""") }
            : null;

        Task check = Preflight.CheckAsync(sandbox.Session, [Doing(ResourceChange.Act(Machine, "generalize"))], sandbox.Context);

        Assert.Equal(errorId, errorId is null ? await Pass(check) : (await Assert.ThrowsAsync<ImageServiceException>(() => check)).ErrorId);
        Assert.Empty(sandbox.Log.Warnings);

        static async Task<string?> Pass(Task task)
        {
            await task;
            return null;
        }
    }

    /// <summary>Asks with one of the three questions answered so, and the others with nothing against it.</summary>
    private static async Task<string?> CheckAsync(string question, string answer, ResourceChange[] changes, List<string>? asked = null)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request =>
        {
            string path = request.RequestUri!.AbsolutePath;
            string? reply = path.EndsWith($"/{question}", StringComparison.Ordinal) ? answer
                : path.EndsWith("/permissions", StringComparison.Ordinal) ? """{"value":[{"actions":["*"]}]}"""
                : path.EndsWith("/locks", StringComparison.Ordinal) || path.EndsWith("/checkPolicyRestrictions", StringComparison.Ordinal) ? "{}"
                : null;
            if (asked is not null && path.EndsWith($"/{question}", StringComparison.Ordinal))
            {
                lock (asked)
                {
                    asked.Add(path);
                }
            }

            return reply is null ? null : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(reply, Encoding.UTF8, "application/json") };
        };
        try
        {
            await Preflight.CheckAsync(sandbox.Session, [Doing(changes)], sandbox.Context);
            return null;
        }
        catch (ImageServiceException failure)
        {
            Assert.Equal(ErrorKind.PermissionDenied, failure.Kind);
            return failure.ErrorId;
        }
    }

    private static Step Doing(params ResourceChange[] changes) => new(_ => Task.CompletedTask) { Title = "Test", Effect = StepEffect.Changes, Target = "it", Changes = changes };
}
