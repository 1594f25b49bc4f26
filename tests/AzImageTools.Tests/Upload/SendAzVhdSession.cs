using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using AzImageTools.Commands.Upload;
using AzImageTools.Sandbox;
using AzImageTools.Services.Session;
using AzImageTools.Session;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Upload;

/// <summary>A PowerShell engine that knows all cmdlets, signed in with an Az context (a module of its name and shapes) to a sandbox.</summary>
internal sealed class SendAzVhdSession : IDisposable
{
    private readonly Runspace _runspace;

    /// <summary>Opens the engine.</summary>
    /// <param name="cloud">The sandbox.</param>
    /// <param name="handler">What stands before it; null for nothing.</param>
    public SendAzVhdSession(SandboxCloud cloud, HttpMessageHandler? handler = null)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        foreach ((string name, Type type) in Cmdlets)
        {
            state.Commands.Add(new SessionStateCmdletEntry(name, type, helpFileName: null));
        }

        state.Variables.Add(new SessionStateVariableEntry("subscription", cloud.SubscriptionId, description: null));
        state.Variables.Add(new SessionStateVariableEntry("tenant", cloud.TenantId, description: null));
        state.Variables.Add(new SessionStateVariableEntry("disks", Folder.FullName, description: null));
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        SessionStore.Open(_runspace, (request, context) => ImageSession.ConnectAsync(request with { Handler = handler ?? cloud.CreateHandler() }, context));
        using PowerShell shell = Script("""
            $global:tokens = @()
            New-Module -Name Az.Accounts -ScriptBlock {
                function Get-AzContext {
                    [CmdletBinding()] param()
                    [pscustomobject]@{
                        Account      = [pscustomobject]@{ Id = 'admin@contoso.com' }
                        Tenant       = [pscustomobject]@{ Id = $tenant }
                        Subscription = [pscustomobject]@{ Id = $subscription }
                        Environment  = [pscustomobject]@{ Name = 'AzureCloud' }
                    }
                }
                function Get-AzAccessToken {
                    [CmdletBinding()] param($ResourceUrl, $TenantId)
                    $token = "token-for-$([uri]::new($ResourceUrl).Host)"
                    $global:tokens += $token
                    [pscustomobject]@{ Token = $token; ExpiresOn = [DateTimeOffset]::UtcNow.AddHours(1) }
                }
            } | Import-Module
            """);
        shell.Invoke();
    }

    /// <summary>All cmdlets of the module, by name.</summary>
    public static IReadOnlyDictionary<string, Type> Cmdlets { get; } = typeof(SendAzVhdCommand).Assembly.GetExportedTypes()
        .Select(static type => (Type: type, Attribute: type.GetCustomAttribute<CmdletAttribute>(inherit: false)))
        .Where(static cmdlet => cmdlet.Attribute is not null)
        .ToDictionary(static cmdlet => $"{cmdlet.Attribute!.VerbName}-{cmdlet.Attribute.NounName}", static cmdlet => cmdlet.Type, StringComparer.Ordinal);

    /// <summary>A folder for disk images; <c>$disks</c> in scripts.</summary>
    public TempFolder Folder { get; } = new();

    /// <summary>A raw disk of 24 MiB with some data in each 4 MiB.</summary>
    public string CreateDisk(string name, int seed = 1)
    {
        byte[] bytes = new byte[24 << 20];
        Random random = new(seed);
        for (int chunk = 0; chunk < bytes.Length >> 22; chunk++)
        {
            random.NextBytes(bytes.AsSpan(chunk << 22, 100 << 10));
        }

        string path = Folder.File(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A script to run in the engine.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="variables">What it may use, by name.</param>
    public PowerShell Script(string text, params (string Name, object? Value)[] variables)
    {
        foreach ((string name, object? value) in variables)
        {
            _runspace.SessionStateProxy.SetVariable(name, value);
        }

        PowerShell shell = PowerShell.Create(_runspace);
        shell.AddScript(text);
        return shell;
    }

    /// <summary>Everything that a script said on any stream.</summary>
    public static string Said(PowerShell shell, IEnumerable<PSObject> output)
        => string.Join('\n', [
            .. output.SelectMany(item => item.Properties.Select(property => $"{property.Name}={property.Value}")),
            .. shell.Streams.Error.SelectMany(error => new[] { error.ToString(), error.Exception.ToString(), error.ErrorDetails?.ToString(), error.TargetObject?.ToString(), error.InvocationInfo?.PositionMessage }),
            .. shell.Streams.Warning.Select(record => record.ToString()),
            .. shell.Streams.Verbose.Select(record => record.ToString()),
            .. shell.Streams.Debug.Select(record => record.ToString()),
            .. shell.Streams.Information.Select(record => record.ToString()),
            .. shell.Streams.Progress.Select(record => record.ToString()),
        ]);

    public void Dispose()
    {
        _runspace.Dispose();
        Folder.Dispose();
    }
}
