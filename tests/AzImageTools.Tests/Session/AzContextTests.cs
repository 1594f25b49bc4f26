using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AzImageTools.Commands.Session;
using AzImageTools.Commands.Sources;
using AzImageTools.Sandbox;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Tests.Session;

/// <summary>The Az context of the PowerShell session, played by a module of the same name and shapes.</summary>
public sealed class AzContextTests : IDisposable
{
    private const string Token = "'header.payload.signature'";

    private readonly SandboxCloud _cloud = new();
    private readonly Runspace _runspace;

    public AzContextTests()
    {
        _runspace = RunspaceFactory.CreateRunspace(CreateState());
        _runspace.Open();
        SessionStore.Open(_runspace, (request, context) => ImageSession.ConnectAsync(request with { Handler = _cloud.CreateHandler() }, context));
    }

    [Theory]
    [InlineData("'header.payload.signature'")]
    [InlineData("[Net.NetworkCredential]::new('', 'header.payload.signature').SecurePassword")]
    public void The_Az_context_is_used_without_a_connection_of_our_own(string token)
    {
        ImageContext context = Assert.Single(Run($$"""
            {{FakeAz(token)}}
            Get-AzImageContext
            """).Select(found => found.BaseObject).OfType<ImageContext>());
        Assert.Equal(_cloud.SubscriptionId, context.SubscriptionId);
        Assert.Equal(CredentialKind.AzContext, context.CredentialKind);
    }

    [Fact]
    public void A_token_is_asked_for_Resource_Manager_and_fetched_once_for_several_cmdlets()
    {
        string asked = Assert.Single(Run($$"""
            {{FakeAz("'header.payload.signature'")}}
            $null = Get-AzImageContext
            $null = Get-AzImageContext
            "$global:asked"
            """)).ToString();
        Assert.Equal("https://management.azure.com/", asked);
    }

    [Theory]
    [InlineData("admin@contoso.com", null)]
    [InlineData("admin@fabrikam.com", "TokenUnavailable")]
    [InlineData(null, "TokenUnavailable")]
    public void An_Az_context_that_was_handed_over_never_works_with_a_token_of_somebody_else(string? signedInThere, string? errorId)
    {
        // A token that has expired is asked for anew by the next request.
        ImageContext handed = (ImageContext)Assert.Single(Run($"{FakeAz(Token, life: -60)}\nGet-AzImageContext")).BaseObject;
        using Runspace other = RunspaceFactory.CreateRunspace(CreateState());
        other.Open();
        using PowerShell shell = PowerShell.Create(other);
        shell.AddScript($"{(signedInThere is null ? "$global:asked = @()" : FakeAz(Token, signedInThere))}\nGet-AzImageSource -Kind ManagedImage -ImageContext $args[0]; $global:asked.Count -gt 0").AddArgument(handed);

        bool wasAsked = (bool)shell.Invoke().Last().BaseObject;

        Assert.Equal(errorId is null, wasAsked);
        Assert.Equal(errorId, shell.Streams.Error.FirstOrDefault()?.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("$(throw 'Your credentials have expired.')", "Your credentials have expired.")]
    [InlineData("7", "returned no token")]
    public void A_token_that_Az_does_not_give_is_an_error_that_says_what_to_do_and_the_pipeline_goes_on(string token, string said)
    {
        using PowerShell shell = PowerShell.Create(_runspace);

        string rest = Assert.Single(shell.AddScript($"{FakeAz(token)}\nGet-AzImageContext\n'goes on'").Invoke()).ToString();

        Assert.Equal("goes on", rest);
        ErrorRecord error = Assert.Single(shell.Streams.Error);
        Assert.StartsWith("TokenUnavailable,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains(said, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Connect-AzAccount", $"{error.Exception.Message} {error.ErrorDetails?.RecommendedAction}", StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_credential_the_error_says_how_to_get_one()
    {
        using PowerShell shell = PowerShell.Create(_runspace);
        shell.AddScript("Get-AzImageContext").Invoke();
        ErrorRecord error = Assert.Single(shell.Streams.Error);
        Assert.StartsWith("NotConnected,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains("Connect-AzAccount", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Connect-AzImageService -Sandbox", error.Exception.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _runspace.Dispose();
        _cloud.Dispose();
    }

    private static InitialSessionState CreateState()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Get-AzImageContext", typeof(GetAzImageContextCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("Get-AzImageSource", typeof(GetAzImageSourceCommand), helpFileName: null));
        return state;
    }

    private string FakeAz(string token, string account = "admin@contoso.com", int life = 3600) => $$"""
        $global:asked = @()
        New-Module -Name Az.Accounts -ScriptBlock {
            function Get-AzContext {
                [CmdletBinding()] param()
                [pscustomobject]@{
                    Account      = [pscustomobject]@{ Id = '{{account}}' }
                    Tenant       = [pscustomobject]@{ Id = '{{_cloud.TenantId}}' }
                    Subscription = [pscustomobject]@{ Id = '{{_cloud.SubscriptionId}}' }
                    Environment  = [pscustomobject]@{ Name = 'AzureCloud' }
                }
            }
            function Get-AzAccessToken {
                [CmdletBinding()] param($ResourceUrl, $TenantId)
                $global:asked += $ResourceUrl
                [pscustomobject]@{ Token = {{token}}; ExpiresOn = [DateTimeOffset]::UtcNow.AddSeconds({{life}}) }
            }
        } | Import-Module
        """;

    private System.Collections.ObjectModel.Collection<PSObject> Run(string script)
    {
        using PowerShell shell = PowerShell.Create(_runspace);
        System.Collections.ObjectModel.Collection<PSObject> output = shell.AddScript(script).Invoke();
        Assert.Empty(shell.Streams.Error);
        return output;
    }
}
