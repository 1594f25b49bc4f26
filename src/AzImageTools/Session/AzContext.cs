using System.Management.Automation;
using System.Security;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Session;

namespace AzImageTools.Session;

/// <summary>
/// What the user's own Az PowerShell session is connected to. Az's objects are read by property name, and its tokens
/// through Get-AzAccessToken on the pipeline's thread, so that any version of Az.Accounts will do.
/// </summary>
internal sealed record AzContext
{
    private const string FindScript = "if (Microsoft.PowerShell.Core\\Get-Module -Name Az.Accounts) { Az.Accounts\\Get-AzContext -ErrorAction Ignore }";

    private const string TokenScript = """
        param($resource, $tenant)
        $arguments = @{ ResourceUrl = $resource; ErrorAction = 'Stop'; WarningAction = 'SilentlyContinue' }
        if ($tenant) { $arguments.TenantId = $tenant }
        Az.Accounts\Get-AzAccessToken @arguments
        """;

    public required string Account { get; init; }

    public required string TenantId { get; init; }

    public required string SubscriptionId { get; init; }

    public required string Environment { get; init; }

    /// <summary>The Az context of the session that runs a cmdlet; null where Az.Accounts is not loaded or nobody is signed in.</summary>
    /// <param name="cmdlet">The running cmdlet, on the pipeline's thread.</param>
    public static AzContext? Find(PSCmdlet cmdlet)
    {
        PSObject? context = cmdlet.InvokeCommand.InvokeScript(FindScript).FirstOrDefault();
        string? subscription = Read(context, "Subscription", "Id");
        return string.IsNullOrEmpty(subscription)
            ? null
            : new AzContext
            {
                Account = Read(context, "Account", "Id") ?? string.Empty,
                TenantId = Read(context, "Tenant", "Id") ?? string.Empty,
                SubscriptionId = subscription!,
                Environment = Read(context, "Environment", "Name") ?? CloudEnvironment.AzureCloud.Name,
            };
    }

    /// <summary>How to connect with this context's tokens.</summary>
    /// <param name="time">The clock for tokens that don't say when they expire.</param>
    public ConnectRequest ToRequest(TimeProvider time) => new()
    {
        Kind = CredentialKind.AzContext,
        AccountId = Account,
        TenantId = TenantId,
        SubscriptionId = SubscriptionId,
        Environment = CloudEnvironment.Find(Environment),
        TokenProvider = (query, _) => FetchTokenAsync(query, time),
    };

    private async Task<AccessTokenResult> FetchTokenAsync(AccessTokenQuery query, TimeProvider time)
    {
        // A job outlives the pipeline that started it, and only the pipeline's thread may ask Az.
        if (PipelinePump.Current is not { IsRunning: true } pump)
        {
            throw new ImageServiceException(
                "TokenUnavailable",
                ErrorKind.Authentication,
                "The token of the Az context has expired, and the work goes on in a job, where a new one can't be fetched.",
                "Use Connect-AzImageService with a credential of its own for jobs that take long.",
                query.Resource);
        }

        // The context may have been handed to a runspace where somebody else is signed in, or nobody.
        AzContext? here = await pump.InvokeAsync(Find).ConfigureAwait(false);
        if ((here?.Account, here?.TenantId, here?.Environment) != (Account, TenantId, Environment))
        {
            throw new ImageServiceException(
                "TokenUnavailable",
                ErrorKind.Authentication,
                "The token of the Az context has expired, and this runspace is not signed in with the same account and tenant.",
                "Import Az.Accounts and sign in here with Connect-AzAccount, or hand over a connection of Connect-AzImageService.",
                query.Resource);
        }

        // What is thrown on the pipeline's thread ends the pipeline: a failure is handed over, and thrown here.
        (AccessTokenResult? token, ImageServiceException? failure) = await pump.InvokeAsync(cmdlet => TryFetchToken(cmdlet, query, time)).ConfigureAwait(false);
        return token ?? throw failure!;
    }

    private static (AccessTokenResult? Token, ImageServiceException? Failure) TryFetchToken(PSCmdlet cmdlet, AccessTokenQuery query, TimeProvider time)
    {
        try
        {
            return (FetchToken(cmdlet, query, time), null);
        }
        catch (ImageServiceException failure)
        {
            return (null, failure);
        }
    }

    private static AccessTokenResult FetchToken(PSCmdlet cmdlet, AccessTokenQuery query, TimeProvider time)
    {
        PSObject answer = Invoke(cmdlet, query)
            ?? throw new ImageServiceException(
                "TokenUnavailable", ErrorKind.Authentication, "Get-AzAccessToken returned nothing.", "Sign in again with Connect-AzAccount.", query.Resource);
        DateTimeOffset expiry = ReadObject(answer, "ExpiresOn") switch
        {
            DateTimeOffset offset => offset,
            DateTime date => new DateTimeOffset(date),
            _ => time.GetUtcNow().AddMinutes(5),
        };
        return ReadObject(answer, "Token") switch
        {
            SecureString secret => new AccessTokenResult(secret, expiry),
            string text => new AccessTokenResult(text, expiry),
            _ => throw new ImageServiceException(
                "TokenUnavailable", ErrorKind.Authentication, "Get-AzAccessToken returned no token.", "Sign in again with Connect-AzAccount.", query.Resource),
        };
    }

    // Get-AzAccessToken throws where the sign-in has ended, or asks for more.
    private static PSObject? Invoke(PSCmdlet cmdlet, AccessTokenQuery query)
    {
        try
        {
            return cmdlet.InvokeCommand.InvokeScript(TokenScript, query.Resource, query.TenantId).LastOrDefault();
        }
        catch (RuntimeException failure) when (failure is not PipelineStoppedException)
        {
            throw new ImageServiceException(
                "TokenUnavailable", ErrorKind.Authentication, $"Get-AzAccessToken failed: {failure.Message}", "Sign in again with Connect-AzAccount.", query.Resource, failure);
        }
    }

    private static string? Read(PSObject? from, string property, string inner)
        => from?.Properties[property]?.Value is { } value ? PSObject.AsPSObject(value).Properties[inner]?.Value?.ToString() : null;

    private static object? ReadObject(PSObject from, string property)
        => from.Properties[property]?.Value is { } value ? PSObject.AsPSObject(value).BaseObject : null;
}
