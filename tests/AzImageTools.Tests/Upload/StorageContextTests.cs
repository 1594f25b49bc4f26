using System.Management.Automation;
using AzImageTools.Sandbox;
using AzImageTools.Services.Upload;
using AzImageTools.TestKit;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace AzImageTools.Tests.Upload;

/// <summary>Contexts of Az.Storage, played by objects of the same shapes.</summary>
public sealed class StorageContextTests(Azurite azurite) : IDisposable
{
    private const string Look = """
        function New-Context([string] $ConnectionString, [string] $EndPoint, $Token) {
            $context = [pscustomobject]@{
                StorageAccountName = 'sandboximages'
                BlobEndPoint       = $EndPoint
                ConnectionString   = $ConnectionString
                Track2OauthToken   = $Token
                Name               = ''
            }
            $context.psobject.Properties.Add([psnoteproperty]::new('Context', $context))
            $context
        }
        function New-LockedContext {
            $context = [pscustomobject]@{ StorageAccountName = 'sandboximages' }
            $context.psobject.Properties.Add([psscriptproperty]::new('ConnectionString', { throw 'listKeys: no; AccountKey=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTIzNA==' }))
            $context
        }

        """;

    private readonly SandboxCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public void A_context_of_the_users_sign_in_takes_the_sessions_token_for_storage()
    {
        using SendAzVhdSession session = new(_cloud);
        using PowerShell shell = session.Script(
            Look + "Send-AzVhd $disk -StorageContext (New-Context '' 'https://sandboximages.blob.core.windows.net/' ([object]::new())) -Container vhds",
            ("disk", session.CreateDisk("a.raw")));

        VhdUpload upload = Assert.Single(shell.Invoke<VhdUpload>());

        Assert.Empty(shell.Streams.Error);
        Assert.Equal("https://sandboximages.blob.core.windows.net/vhds/a.vhd", upload.Uri!.AbsoluteUri);
        Assert.NotNull(_cloud.FindBlobFile(upload.Uri));
        using PowerShell asked = session.Script("$global:tokens");
        Assert.Contains("token-for-storage.azure.com", asked.Invoke<string>());
    }

    [Theory]
    [InlineData("$context | Send-AzVhd $disk -Container $container")]
    [InlineData("Send-AzVhd $disk -Context $context -Container $container")]
    [InlineData("Send-AzVhd -LiteralPath $disk -StorageContext ([pscustomobject]@{ StorageAccountName = 'sandboximages'; Context = $context }) -Container $container")]
    [InlineData("[pscustomobject]@{ StorageAccountName = 'sandboximages'; ResourceGroupName = 'rg'; Context = $context } | Send-AzVhd $disk -Container $container")]
    [InlineData("[System.IO.FileInfo]::new($disk) | Send-AzVhd -StorageContext $context -Container $container")]
    [InlineData("(Send-AzVhd $disk -StorageContext $context -Container $container -AsJob) | Wait-Job | Receive-Job")]
    public async Task A_context_with_an_account_key_is_found_by_its_property_and_its_alias_and_the_key_is_told_nowhere(string command)
    {
        (Uri endpoint, string container) = await CreateContainerAsync();
        using SendAzVhdSession session = new(_cloud);
        using PowerShell shell = session.Script(
            $"{Look}$VerbosePreference = 'Continue'; $DebugPreference = 'Continue'\n$context = New-Context $connection $endpoint\n{command}",
            ("disk", session.CreateDisk("a.raw")),
            ("container", container),
            ("endpoint", endpoint.AbsoluteUri),
            ("connection", $"BlobEndpoint={endpoint};AccountName={Azurite.AccountName};AccountKey={Azurite.AccountKey}"));

        System.Collections.ObjectModel.Collection<PSObject> output = shell.Invoke();
        using PowerShell again = session.Script("Send-AzVhd $disk -StorageContext $context -Container $container");
        again.Invoke();

        Assert.Empty(shell.Streams.Error);
        Assert.Equal($"{endpoint}/{container}/a.vhd", Assert.IsType<VhdUpload>(Assert.Single(output).BaseObject).Uri!.AbsoluteUri);
        Assert.StartsWith("BlobAlreadyExists,", Assert.Single(again.Streams.Error).FullyQualifiedErrorId);
        string said = SendAzVhdSession.Said(shell, output) + SendAzVhdSession.Said(again, []);
        Assert.Contains("a.vhd", said);
        Assert.DoesNotContain(Azurite.AccountKey, said);
        Assert.DoesNotContain("SharedKey", said);
    }

    [Fact]
    public void Disks_piped_with_contexts_of_their_own_go_to_their_own_accounts()
    {
        using SendAzVhdSession session = new(_cloud);
        string first = session.CreateDisk("a.raw");
        string second = session.CreateDisk("b.raw", seed: 2);
        using PowerShell shell = session.Script(
            Look + """
            @(
                [pscustomobject]@{ PSPath = $first; Context = (New-Context '' 'https://sandboximages.blob.core.windows.net/' ([object]::new())) }
                [pscustomobject]@{ PSPath = $second; Context = (New-Context '' 'https://other.blob.core.windows.net/' ([object]::new())) }
            ) | Send-AzVhd -Container vhds
            """,
            ("first", first),
            ("second", second));

        VhdUpload upload = Assert.Single(shell.Invoke<VhdUpload>());

        Assert.Equal("https://sandboximages.blob.core.windows.net/vhds/a.vhd", upload.Uri!.AbsoluteUri);
        Assert.StartsWith("ResourceNotFound,", Assert.Single(shell.Streams.Error).FullyQualifiedErrorId);
        Assert.Contains(_cloud.Requests, request => request.Host == "other.blob.core.windows.net");
    }

    [Theory]
    [InlineData("New-Context '' 'https://sandboximages.blob.core.windows.net/'", "carries no credential")]
    [InlineData("'text'", "does not say where its blobs are")]
    [InlineData("New-LockedContext", "listKeys: no")]
    public void A_context_that_can_not_be_used_is_one_clear_error_before_anything_is_asked(string context, string problem)
    {
        using SendAzVhdSession session = new(_cloud);
        using PowerShell shell = session.Script($"{Look}Send-AzVhd $disk -StorageContext ({context}) -Container vhds", ("disk", session.CreateDisk("a.raw")));

        shell.Invoke();

        ErrorRecord error = Assert.Single(shell.Streams.Error);
        Assert.StartsWith("StorageContextUnusable,", error.FullyQualifiedErrorId);
        Assert.Contains(problem, error.ToString());
        Assert.DoesNotContain("c2VjcmV0", error.Exception.ToString());
        Assert.Empty(_cloud.Requests);
    }

    [Fact]
    public async Task A_line_that_a_key_was_typed_into_is_not_repeated_by_a_job()
    {
        (Uri endpoint, string container) = await CreateContainerAsync();
        using SendAzVhdSession session = new(_cloud);
        string context = $"New-Context 'AccountName={Azurite.AccountName};AccountKey={Azurite.AccountKey}' '{endpoint}'";
        using PowerShell shell = session.Script($"{Look}Send-AzVhd $disk -StorageContext ({context}) -Container {container} -AsJob", ("disk", session.CreateDisk("a.raw")));

        Job job = Assert.Single(shell.Invoke<Job>());
        job.Finished.WaitOne();

        Assert.Equal("Send-AzVhd", job.Command);
        Assert.Equal(JobState.Completed, job.JobStateInfo.State);
    }

    private async Task<(Uri Endpoint, string Container)> CreateContainerAsync()
    {
        Uri endpoint = await azurite.GetEndpointAsync();
        string container = $"c{Guid.NewGuid():N}";
        await new BlobServiceClient(endpoint, new StorageSharedKeyCredential(Azurite.AccountName, Azurite.AccountKey))
            .CreateBlobContainerAsync(container, cancellationToken: TestContext.Current.CancellationToken);
        return (endpoint, container);
    }
}
