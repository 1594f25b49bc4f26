using AzImageTools.TestKit;

[assembly: AssemblyFixture(typeof(Azurite))]
