using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AzImageTools.Commands.Capture;
using AzImageTools.Commands.Session;

namespace AzImageTools.Tests.Completion;

public sealed class ResourceNameCompleterTests : IDisposable
{
    private readonly Runspace _runspace;

    public ResourceNameCompleterTests()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Connect-AzImageService", typeof(ConnectAzImageServiceCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("New-AzCapturedImage", typeof(NewAzCapturedImageCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("Get-AzImageSource", typeof(Commands.Sources.GetAzImageSourceCommand), helpFileName: null));
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    [Theory]
    [InlineData("New-AzCapturedImage -ResourceGroupName sand", "sandbox-rg")]
    [InlineData("New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName Win", "win-vm")]
    [InlineData("New-AzCapturedImage -ResourceGroupName sandbox-rg -GalleryName sandb", "sandboxGallery")]
    [InlineData("New-AzCapturedImage -Location westeu", "westeurope")]
    public void A_name_is_completed_from_the_subscription(string typed, string expected)
    {
        Run("Connect-AzImageService -Sandbox");
        Assert.Contains(expected, CompleteAgain(typed));
    }

    [Fact]
    public void A_machine_of_another_resource_group_is_not_offered()
    {
        Run("Connect-AzImageService -Sandbox");
        Assert.NotEmpty(CompleteAgain("New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName win"));
        Assert.DoesNotContain("win-vm", Complete("New-AzCapturedImage -ResourceGroupName elsewhere -VMName win"));
    }

    [Fact]
    public void Nothing_is_offered_where_nobody_is_connected()
        => Assert.DoesNotContain("sandbox-rg", Complete("New-AzCapturedImage -ResourceGroupName sand"));

    /// <summary>Azure never answers here: what comes all the same came without waiting for it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Names_of_the_Marketplace_that_ship_are_offered_where_Azure_does_not_answer_or_refuses(bool refuses)
    {
        using Sandbox.SandboxCloud cloud = new();
        using CancellationTokenSource end = new();
        using StallingHandler handler = new(cloud.CreateHandler(), refuses, end.Token);
        using Services.Session.ImageSession session = await Services.Session.ImageSession.ConnectAsync(
            new Services.Session.ConnectRequest { Kind = Services.Session.CredentialKind.Sandbox, Handler = handler }, Services.OperationContext.None);
        AzImageTools.Session.SessionStore.Open(_runspace, Services.Session.ImageSession.ConnectAsync).Connect(session, sandbox: null);
        handler.Stalls = true;
        using CancellationTokenSource patience = new();
        patience.CancelAfter(TimeSpan.FromMinutes(1));

        IEnumerable<string> offered = await Task.Run(() => Complete("Get-AzImageSource -Location westeurope -Publisher Canon"), patience.Token).WaitAsync(patience.Token);

        Assert.Contains("Canonical", offered);
        Assert.True(handler.HasStalled || refuses);
        await end.CancelAsync();
    }

    public void Dispose() => _runspace.Dispose();

    private sealed class StallingHandler(HttpMessageHandler cloud, bool refuses, CancellationToken end) : DelegatingHandler(cloud)
    {
        public bool Stalls { get; set; }

        public bool HasStalled { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Stalls && refuses)
            {
                return new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) { RequestMessage = request };
            }

            if (Stalls)
            {
                HasStalled = true;
                using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellationToken);
                await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }

    private void Run(string script)
    {
        using PowerShell shell = PowerShell.Create(_runspace);
        shell.AddScript(script).Invoke();
        Assert.Empty(shell.Streams.Error);
    }

    // What takes longer than a user waits is offered at a later attempt.
    private IEnumerable<string> CompleteAgain(string typed)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            if (Complete(typed) is var names && names.Any())
            {
                return names;
            }
        }

        return [];
    }

    private IEnumerable<string> Complete(string typed)
    {
        using PowerShell shell = PowerShell.Create(_runspace);
        return [.. CommandCompletion.CompleteInput(typed, typed.Length, options: null, shell).CompletionMatches.Select(match => match.CompletionText)];
    }
}
